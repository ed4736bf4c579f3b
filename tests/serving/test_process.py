"""What the endpoint's process imports, how it starts and what a defect of it shows."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bentoml
import pytest

from src.serving.service import CustomerScoring, _answer
from tests.support.serving.bento_server import free_port

TOP = Path(__file__).parents[2]
# sklearn and matplotlib would come with lightgbm if they are installed; it works without.
NOT_SERVED = ("mlflow", "optuna", "dvc", "sklearn", "matplotlib", "shap", "pandera")


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=TOP,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_endpoint_starts_where_the_pipelines_libraries_are_not_installed(promoted):
    blocked = "; ".join(f"sys.modules[{name!r}] = None" for name in NOT_SERVED)
    done = python(
        f"import sys; {blocked}; from src.serving.service import CustomerScoring; "
        "CustomerScoring.inner(); print('started')",
        KEHU_BUNDLE=str(promoted[0]),
    )
    assert done.stdout.strip().endswith("started"), done.stderr


def test_the_endpoint_imports_no_library_of_the_pipeline():
    done = python(
        "import sys; import lightgbm; before = set(sys.modules); import src.serving.service; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    assert done.returncode == 0, done.stderr
    assert not set(NOT_SERVED) & set(done.stdout.split())


def test_waiting_threads_of_a_worker_sleep():
    (policy,) = CustomerScoring.envs
    assert (policy.name, policy.value) == ("OMP_WAIT_POLICY", "PASSIVE")


def test_usage_reporting_is_off_unless_somebody_turns_it_on():
    done = python(
        "import os; os.environ.pop('BENTOML_DO_NOT_TRACK', None); import src.serving.service; "
        "from bentoml._internal.utils.analytics import usage_stats; "
        "print(usage_stats.do_not_track())"
    )
    assert done.stdout.strip() == "True", done.stderr


def test_a_missing_bundle_is_one_clear_line_and_a_failure(tmp_path):
    command = [str(Path(sys.executable).with_name("bentoml")), "serve"]
    missing = tmp_path / "nothing"
    done = subprocess.run(
        [*command, "--port", str(free_port())],
        cwd=TOP,
        env={**os.environ, "KEHU_BUNDLE": str(missing), "BENTOML_DO_NOT_TRACK": "True"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert f"{missing}/manifest.json: no such file. Run `make run` first" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_defect_is_a_500_with_an_incident_number_that_the_log_explains(caplog):
    log = logging.getLogger("bentoml.kehu")
    log.addHandler(caplog.handler)
    response = _answer(lambda: 1 / 0)
    log.removeHandler(caplog.handler)
    body = json.loads(response.body)
    assert response.status_code == 500
    assert set(body) == {"error", "incident"}
    assert "ZeroDivision" not in json.dumps(body)
    assert f"incident {body['incident']}" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_bentomls_own_client_works(endpoint):
    with bentoml.SyncHTTPClient(f"http://127.0.0.1:{endpoint.port}") as client:
        answer = client.score({"customers": [{"customer_id": "C0001"}], "reasons": 1})
    assert set(answer["customers"][0]["scores"]) == {"churn", "risk_appetite"}


@pytest.mark.slow
def test_bentoml_builds_what_the_endpoint_needs_and_nothing_else(promoted, tmp_path):
    project, home = tmp_path / "project", tmp_path / "home"
    shutil.copytree(TOP / "src", project / "src")
    shutil.copy(TOP / "pyproject.toml", project)
    shutil.copytree(promoted[0], project / "data" / "bundle")
    (project / "data" / "raw").mkdir()
    (project / "data" / "raw" / "customers.csv").write_text("private")
    command = str(Path(sys.executable).with_name("bentoml"))
    subprocess.run(
        [command, "build", "-o", "tag"],
        cwd=project,
        env={**os.environ, "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"},
        check=True,
        timeout=120,
    )
    (built,) = (home / "bentos" / "kehu").glob("*/bento.yaml")
    files = {str(path.relative_to(built.parent)) for path in built.parent.rglob("*")}
    assert "src/src/serving/service.py" in files
    assert "src/data/bundle/churn/model.json" in files
    assert "src/data/bundle/serving/features.parquet" in files
    private = ("src/data/raw", "src/src/pipeline", "src/src/sources")
    assert not [name for name in files if name.startswith(private)]
    assert not [name for name in files if name.endswith(".csv")]
    requirements = (built.parent / "env" / "python" / "requirements.txt").read_text()
    assert "lightgbm==" in requirements and "--hash=" in requirements
    assert "mlflow" not in requirements
