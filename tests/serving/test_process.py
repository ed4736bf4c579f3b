"""What the endpoint's process imports, how it starts and what a defect of it shows."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import bentoml
import pytest
from pathspec import PathSpec

from src.serving.service import CustomerScoring, _answer
from tests.support.project.imports import files_run_by
from tests.support.serving.bento_server import BENTOML, Endpoint, free_port, start, wait
from tests.support.serving.served_bank import SOURCE

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


def test_the_endpoint_starts_where_the_pipelines_libraries_are_not_installed(served):
    blocked = "; ".join(f"sys.modules[{name!r}] = None" for name in NOT_SERVED)
    done = python(
        f"import sys; {blocked}; from src.serving.service import CustomerScoring; "
        "CustomerScoring.inner(); print('started')",
        KEHU_DATA=str(served.data),
        KEHU_SOURCE=SOURCE,
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


def refused_start(data):
    """What the server says that doesn't start on the sources' outputs in `data`."""
    done = subprocess.run(
        [BENTOML, "serve", "--port", str(free_port())],
        cwd=TOP,
        env={**os.environ, "KEHU_DATA": str(data), "KEHU_SOURCE": SOURCE},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_where_nothing_is_served_one_clear_line_tells_it_and_the_server_fails(tmp_path):
    said = refused_start(tmp_path)
    assert f"{tmp_path}/test/served.json: no such file, so nothing of test is served. Run" in said
    assert "`kehu promote --source test`" in said


@pytest.mark.parametrize("name", ["serving/prices.parquet", "churn/model.json"])
def test_a_damaged_file_of_the_release_is_one_clear_line_and_a_failure(served, tmp_path, name):
    shutil.copytree(served.data, tmp_path, dirs_exist_ok=True)
    path = tmp_path / served.release.folder.relative_to(served.data) / name
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    said = refused_start(tmp_path)
    assert f"{path}: its SHA-256 is " in said
    assert "the file was changed or damaged" in said


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


def test_the_bento_includes_every_module_that_the_service_imports():
    spec = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    included = PathSpec.from_lines("gitwildmatch", spec["tool"]["bentoml"]["build"]["include"])
    modules = files_run_by("src.serving.service")
    assert len(modules) > 100
    assert {file for file in modules if not included.match_file(file)} == set()


@pytest.fixture(scope="module")
def bento_home(served, tmp_path_factory):
    """BentoML's store with a Bento that was built in a project, which is gone since then."""
    project, home = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("home")
    shutil.copytree(TOP / "src", project / "src")
    shutil.copy(TOP / "pyproject.toml", project)
    shutil.copytree(served.data, project / "data")
    for name in ("raw", "ledger", "vault", "features", "candidate/release"):
        (project / "data" / SOURCE / name).mkdir(parents=True)
        (project / "data" / SOURCE / name / "customers.csv").write_text("private")
    subprocess.run(
        [BENTOML, "build", "-o", "tag"],
        cwd=project,
        env={**os.environ, "BENTOML_HOME": str(home)},
        check=True,
        timeout=120,
    )
    shutil.rmtree(project)
    return home


@pytest.mark.slow
def test_bentoml_builds_what_the_endpoint_needs_and_nothing_else(served, bento_home):
    (built,) = (bento_home / "bentos" / "kehu").glob("*/bento.yaml")
    files = {str(path.relative_to(built.parent)) for path in built.parent.rglob("*")}
    assert "src/src/serving/service.py" in files
    release = f"src/data/{SOURCE}/releases/{served.release.digest}"
    assert f"{release}/churn/model.json" in files
    assert f"{release}/serving/features.parquet" in files
    private = ("src/src/pipeline", "src/src/sources", "src/src/bank")
    assert not [name for name in files if name.startswith(private)]
    assert not [name for name in files if name.endswith(".csv")]
    requirements = (built.parent / "env" / "python" / "requirements.txt").read_text()
    assert "lightgbm==" in requirements and "--hash=" in requirements
    assert "mlflow" not in requirements


@pytest.mark.slow
def test_a_bento_started_in_another_folder_serves_the_release_that_it_holds(
    bento_home, tmp_path, endpoint
):
    port, log = free_port(), tmp_path / "log.txt"
    own = {"BENTOML_HOME": str(bento_home), "KEHU_SOURCE": SOURCE, "PYTHONPATH": ""}
    with log.open("w") as output:
        process = start(port, output, "kehu:latest", cwd=tmp_path, **own)
        try:
            wait(process, port, log)
            asked = {"customers": [{"customer_id": "C0001"}]}
            answer = Endpoint(port).post("/v1/score", asked)
        finally:
            process.terminate()
            process.wait(30)
    assert answer == endpoint.post("/v1/score", asked)
    assert answer[0] == 200
