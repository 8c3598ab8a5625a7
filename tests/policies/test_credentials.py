"""What is taken for a credential, and what is not (D01)."""

import random
import string
import time

import pytest

from credentials import in_text, in_value, looks_random

SECRETS = [
    ("NAME", "AKIAIOSFODNN7EXAMPLE"),
    ("NAME", "ghp_" + "a1B2c3D4e5F6" * 3),
    ("NAME", "glpat-abcdefghij0123456789"),
    ("NAME", "xoxb-1234567890-abcdef"),
    ("NAME", "hf_" + "aBcDeFgHiJ" * 3),
    ("NAME", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"),
    ("NAME", "postgresql://models:hunter2@database.example/models"),
    ("NAME", "Authorization: Bearer 0123456789abcdefghij"),
    ("NAME", "host=database password=hunter2"),
    ("NAME", "DefaultEndpointsProtocol=https;AccountKey=" + "aB3+" * 11),
    ("NAME", "q7RzT2mXc9VbL4pK8wYs3NdF6hGj1Ae5"),
    ("DATABASE_PASSWORD", "hunter2"),
    ("DATABASE_PASSWORD", "correct horse battery"),
    ("databasePassword", "changeme"),
    ("API_TOKEN", "hunter2"),
    ("AWS_SECRET_ACCESS_KEY", "something"),
    ("client_secret", "something"),
    ("DB_PASS", "hunter2"),
    ("dbPass", "hunter2"),
    ("pass", "hunter2"),
    ("SMTP_CREDS", "hunter2"),
    ("ACCESS_TOKEN", "131072"),
    ("REFRESH_TOKEN", "im_end"),
]

INNOCENT = [
    ("DATABASE_PASSWORD", ""),
    ("DATABASE_PASSWORD", "$(PASSWORD_FROM_SECRET)"),
    ("DATABASE_PASSWORD_FILE", "/run/secrets/password"),
    ("SECRET_NAME", "model-storage"),
    ("TOKEN_TTL", "3600"),
    ("API_TOKEN", "/var/run/secrets/token"),
    ("API_TOKEN", "vault:secret/data/models#token"),
    ("EOS_TOKEN", "</s>"),
    ("MAX_TOKEN", "4096"),
    ("MAX_TOKEN", "131072"),
    ("maxNewToken", "131072"),
    ("SEP_TOKEN", "[SEP]"),
    ("UNK_TOKEN", "unknown"),
    ("API_TOKEN", "[REDACTED]"),
    ("eos-token", "im_end"),
    ("COMPASS", "north"),
    ("HTTP_BYPASS", "hosts"),
    ("USE_TOKEN", "false"),
    ("PWD", "/models"),
    ("TOKENIZER", "bert-base-uncased"),
    ("MODEL_SHA256", "ab" * 32),
    ("COMMIT", "570804344806632e084d8b9f1bf31fe22808505d"),
    ("POD_UID", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
    ("IMAGE", "docker.io/tensorflow/serving:2.19.1@sha256:" + "0" * 64),
    ("ENDPOINT", "https://storage.example:9000/models?region=eu-central-1"),
    ("EMAIL", "https://example.com/~models@example"),
    ("ARN", "arn:aws:iam::123456789012:role/models"),
    ("CLASS", "com.example.serving.TensorFlowServingModelServerConfiguration2"),
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"),
    ("OPTIONS", "--xla_gpu_cuda_data_dir=/usr/local/cuda-12.4"),
    ("CA_CERTIFICATE_DIGEST", "q7RzT2mXc9VbL4pK8wYs3NdF6hGj1Ae5"),
]

TEXTS = [
    ('{"user": "models", "password": "hunter2"}', True),
    ('{"password":"hunter2"}', True),
    ("[storage]\nsecret_access_key = 9vJ2kQx7Lm\n", True),
    ("export TOKEN=hunter2\n", True),
    ("export DB_CREDS=hunter2\n", True),
    ("echo begin\nDB_CREDS=hunter2\necho the token is set\n", True),
    ("apiVersion: v1\nsecretName: model-storage\ntokenTTL: 3600\n", False),
    ("secret: model-storage-2\ntoken: tokens/reader\n", False),
    ("token=$(cat /run/token)\nPASSWORD=${PASSWORD:-}\n", False),
    ("password: ${ES_PASSWORD}\npassword_file: /run/password\n", False),
    ('prometheus_config { enable: true, path: "/monitoring/prometheus/metrics" }', False),
    ('[ "$MODEL_TOKEN" = "$found" ] || refuse "the token is wrong"\n', False),
]


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_a_credential_is_recognised_and_not_repeated(name: str, value: str) -> None:
    kind = in_value(name, value)
    assert kind
    assert value not in kind


@pytest.mark.parametrize(("name", "value"), INNOCENT)
def test_no_false_alarm(name: str, value: str) -> None:
    assert in_value(name, value) is None


@pytest.mark.parametrize(("text", "is_secret"), TEXTS)
def test_scripts_and_files_are_read(text: str, is_secret: bool) -> None:
    assert (in_text(text) is not None) is is_secret


def test_random_words_are_reported_from_others() -> None:
    source = random.Random(0)  # noqa: S311 - no secret, and the same in every run
    words = ["".join(source.choices(string.ascii_letters + string.digits, k=32)) for _ in range(1000)]
    assert sum(map(looks_random, words)) > 980
    assert not any(looks_random(f"{source.getrandbits(256):064x}") for _ in range(1000))


def test_a_large_configuration_takes_little_time() -> None:
    started = time.process_time()
    in_text("a1B2" * 250_000)
    in_text("key: value\n" * 90_000)
    assert time.process_time() - started < 2
