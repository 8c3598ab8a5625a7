"""The TensorFlow Serving stand-in: real TensorFlow behind the flags, files, paths and services of TensorFlow Serving.

It is for machines on which TensorFlow Serving itself cannot be had. It says that it is a stand-in in its name, in the
first line of its log and in a header of every response. It runs in an environment of its own, with TensorFlow and
TensorFlow Serving's own messages. What TensorFlow Serving does was read in https://github.com/tensorflow/serving, at
the paths that the modules name.
"""

NAME = "TensorFlow-Serving-stand-in"
