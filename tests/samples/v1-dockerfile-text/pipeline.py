"""Dockerfile text inside the code that submits a pipeline, in SDK v1."""

from azureml.core import Environment, RunConfiguration
# ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ information[AML801]: SDK v1 is deprecated
from azureml.pipeline.steps import PythonScriptStep

env = Environment("text")
env.docker.base_image = None
env.docker.base_dockerfile = r"""
FROM mcr.microsoft.com/azureml/o16n-sample-user-base/ubuntu-miniconda:latest
#    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ information[AML302]: azureml/o16n-sample-user-base/ubuntu-miniconda
#                                                                     ^^^^^^ hint[AML304]: latest changes
RUN conda install --yes numpy \
    && pip install azureml-defaults
"""
env.python.user_managed_dependencies = True

broken = Environment("broken")
broken.docker.base_dockerfile = """
# @19 information[AML102]: The default base image is dropped implicitly
FROM mcr.microsoft.com/azureml/base:intelmpi2018.3-ubuntu16.04
#    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[AML301]: azureml/base is deprecated
RNU apt-get update
#^^ error[AML713]: Unknown instruction: RNU (did you mean RUN?).
"""

run_config = RunConfiguration()
run_config.environment = env
step = PythonScriptStep("train.py", runconfig=run_config)
