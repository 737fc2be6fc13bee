"""A Dockerfile by path, in SDK v1: one that is there, one that is not, and one that is never used."""

from azureml.core import Environment
# ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ information[AML801]: SDK v1 is deprecated

good = Environment("from-dockerfile")
good.docker.base_image = None
good.docker.base_dockerfile = "./Dockerfile"
# ^^^^^^^^^^^^^^^^^^^^^^^^^ information[AML110]: Packages in this image are not used

lost = Environment("typing-mistake")
lost.docker.base_image = None
lost.docker.base_dockerfile = "./Dockerfille"
#                              ^^^^^^^^^^^^^ error[AML107]: No such file: the SDK will use this text itself

both = Environment("both")
both.docker.base_dockerfile = "./Dockerfile"
# ^^^^^^^^^^^^^^^^^^^^^^^^^ warning[AML101]: base_dockerfile set here is discarded when base_image is set on line 19
both.docker.base_image = "mcr.microsoft.com/azureml/o16n-sample-user-base/ubuntu-miniconda:latest"
#                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ information[AML302]: azureml/o16n-sample-user-base/ubuntu-miniconda is not in the list
#                                                                                          ^^^^^^ hint[AML304]: latest changes
