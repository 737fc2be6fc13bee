"""A custom image from a registry, in SDK v1: public, private, and private with the password in the code."""

import os

from azureml.core import Environment
# ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ information[AML801]: SDK v1 is deprecated
from azureml.core.container_registry import ContainerRegistry

public = Environment("public-image")
public.docker.enabled = True
# ^^^^^^^^^^^^^^^^^^^ warning[AML802]: docker.enabled is deprecated
public.docker.base_image = "mcr.microsoft.com/azureml/base:intelmpi2018.3-ubuntu16.04"
#                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[AML301]: azureml/base is deprecated
public.python.user_managed_dependencies = True

private = Environment("private-image")
private.docker.base_image = "contoso.azurecr.io/vision/train:7"
private.docker.base_image_registry.address = "contoso.azurecr.io"
private.docker.base_image_registry.username = os.environ["ACR_USERNAME"]
# ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ information[AML402]: Credentials in environment definitions
private.docker.base_image_registry.password = os.environ["ACR_PASSWORD"]
private.python.user_managed_dependencies = True

registry = ContainerRegistry()
registry.address = "contoso.azurecr.io"
registry.username = "robot"
# ^^^^^^^^^^^^^^^ warning[AML402]: Credentials in environment definitions
registry.password = "q8Zr2Lw0Tn5Yp"
#                   ^^^^^^^^^^^^^^^ error[AML401]: This password is in the source
leaking = Environment("leaking")
leaking.docker.base_image = "contoso.azurecr.io/vision/train:7"
# ^^^^^^^^^^^^^^^^^^^^^^^ information[AML110]: Packages in this image are not used
leaking.docker.base_image_registry = registry
