#!/bin/sh
# At the path of TensorFlow Serving's program, in the image of its stand-in.
exec /usr/bin/python3 -s -m tensorflow_serving_stand_in "$@"
