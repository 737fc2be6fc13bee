FROM mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04
#    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[AML301]: azureml/openmpi3.1.2-ubuntu18.04 is deprecated
RUN <<SCRIPT
#   ^^^^^^^^ error[AML713]: Unterminated heredoc
make -C /opt/kaldi/tools
COPY --form=build /opt/kaldi /opt/kaldi
#    ^^^^^^^^^^^^ error[AML713]: Unknown flag: --form
