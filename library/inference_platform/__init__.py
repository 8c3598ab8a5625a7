"""A model-serving platform on Kubernetes, as Pulumi components.

``inference_platform.components`` has the components and their arguments, ``inference_platform.settings`` the values
that the arguments are made of, and ``inference_platform.versions`` the images that they deploy by default.
"""
