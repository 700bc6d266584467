"""Dockerfile, compose.yaml and the proxy agree with each other and with the product. No container engine runs here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from bot.cli import _parser
from bot.settings import FILE_SUFFIX, setting_names

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose.yaml"
PROXY = ROOT / "docs" / "deploy" / "proxy.conf"
NAMES = {name for name, _ in setting_names()}


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return found


def _image() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, in order, each with what it says."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def _last_stage() -> list[tuple[str, str]]:
    image = _image()
    start = max(at for at, (word, _) in enumerate(image) if word == "FROM")
    return image[start:]


def test_the_image_is_made_from_the_hashed_lock_and_from_files_that_are_there() -> None:
    image = _image()
    assert [said.split()[0] for word, said in image if word == "FROM"] == ["python:3.12-slim"] * 2
    installs = [said for word, said in image if word == "RUN" and "pip install" in said]
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--no-deps --no-build-isolation --no-index" in installs[1]
    copied = {
        path for word, said in image if word == "COPY" and "--from" not in said for path in said.split()[:-1]
    }
    assert {path for path in copied if not (ROOT / path).exists()} <= {"README.md"}
    assert {"bot", "handlers", "triage", "storage", "admin"} <= copied
    assert not {"tests", "requirements-dev.lock", "."} & copied


def test_the_image_runs_as_nobody_special_and_stops_when_told() -> None:
    said = dict(_last_stage())
    assert said["USER"] == "10001:10001"
    assert said["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(said["CMD"]) == ["tovholder", "serve"]
    assert said["HEALTHCHECK"].endswith('CMD ["tovholder", "health"]')


def test_data_and_keys_lie_on_volumes_apart() -> None:
    said = dict(_last_stage())
    data, keys = json.loads(said["VOLUME"])
    given = dict(pair.split("=", 1) for pair in said["ENV"].split())
    assert given["TOVHOLDER_DATA_DIR"] == data
    assert given["TOVHOLDER_KEYRING__FILE"].startswith(f"{keys}/")
    mounts = [mount.split(":")[1] for mount in _compose()["services"]["tovholder"]["volumes"]]
    assert mounts == [data, keys]


def test_every_name_of_a_setting_is_one() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "Dockerfile", COMPOSE, PROXY.with_name("README.md"))]
    found = {name for text in texts for name in re.findall(r"TOVHOLDER_\w+", text)}
    assert {
        name for name in found if name not in NAMES and name.removesuffix(FILE_SUFFIX) not in NAMES
    } == set()


def test_every_command_is_one() -> None:
    services = _compose()["services"]
    commands = [service["command"] for service in services.values() if "command" in service]
    assert commands == [["tovholder", "migrate"]]
    for command in [*commands, ["tovholder", "serve"], ["tovholder", "health"]]:
        assert _parser().parse_args(command[1:]).command is not None


def test_secrets_that_are_used_are_declared_and_none_else() -> None:
    compose = _compose()
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", [])}
    assert used == set(compose["secrets"])
    mentioned = set(re.findall(r"/run/secrets/(\w+)", COMPOSE.read_text("utf-8") + PROXY.read_text("utf-8")))
    assert mentioned == used
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "/secrets/" in ignored


def test_two_processes_stand_behind_one_door() -> None:
    compose = _compose()
    services = compose["services"]
    assert services["tovholder"]["deploy"]["replicas"] == 2
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["database"]["image"] == "postgres:18"
    assert services["database"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True
    assert compose["networks"]["door"]["internal"] is True
    console = next(port for port in services["proxy"]["ports"] if port.endswith(":8444"))
    assert console.startswith("${STAFF_BIND:-127.0.0.1}")
    subnet = compose["networks"]["door"]["ipam"]["config"][0]["subnet"]
    assert services["tovholder"]["environment"]["TOVHOLDER_TRUSTED_PROXIES"] == subnet


def test_the_proxy_leads_to_the_listeners_that_there_are() -> None:
    given = _compose()["services"]["tovholder"]["environment"]
    conf = PROXY.read_text("utf-8")
    ports = re.findall(r"server tovholder:(\d+)", conf)
    listeners = (given["TOVHOLDER_LISTEN"], given["TOVHOLDER_STAFF_LISTEN"])
    assert ports == [listener.rpartition(":")[2] for listener in listeners]
    assert conf.count("{") == conf.count("}")
    assert "access_log off;" in conf
    assert str(PROXY.relative_to(ROOT)) in COMPOSE.read_text("utf-8")
