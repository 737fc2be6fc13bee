from azureml.core import Environment as E
env = E(name=f"a{x!r:>{y}}" "b" + r'\d' % z)
env.docker \
    .base_image = None
if a:
    env.docker.base_dockerfile = rb"\x41" if b else """
FROM a:1\n\N{DIGIT ONE}\U0001f600\
RUN x
""".format(1)
else:
    f(*c, **d)[0] = lambda e: e
