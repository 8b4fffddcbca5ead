"""What must not become a backup, and what must not be restored: a sentence, status 1, nothing changed."""

from __future__ import annotations

import base64
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.backup.conftest import WITH_KEYS, Drill
from tests.backup.pamong import in_this_process as pamong
from tests.engines.running import connect
from webapp.backup import BackupError, contents, files, keys, manifest, programs
from webapp.backup.make import DUMP
from webapp.embedded.folder import EngineError
from webapp.embedded.secrets import adopt_secrets, local_secrets

OTHER_KEYS = "test:" + base64.b64encode(bytes(range(32, 64))).decode()


def refused(said, *words: str) -> None:
    assert said.returncode == 1, said.stdout
    assert "Traceback" not in said.stderr
    for word in words:
        assert word in said.stderr, said.stderr


# --- backups that would be none --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("app", "The role pamong_app does not see past row-level security: its backup would be empty."),
        ("owner", "The role pamong_owner does not see past row-level security: its backup would be empty."),
        ("superuser", "The role postgres may change what it is to back up."),
    ],
)
def test_a_role_that_sees_too_little_or_may_do_too_much_makes_no_backup(
    drill: Drill, tmp_path: Path, role: str, reason: str
) -> None:
    environment = drill.environment | {"DATABASE_BACKUP_URL": drill.urls[role]}
    refused(pamong("backup", tmp_path / "b", **environment), reason, "pamong_backup")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_nothing_is_an_error(new_database, drill: Drill, tmp_path: Path) -> None:
    for urls in (new_database(migrated=False), new_database(migrated=True)):
        environment = drill.environment | {"DATABASE_BACKUP_URL": urls["backup"]}
        refused(pamong("backup", tmp_path / "b", **environment), "There is nothing to back up")
    refused(pamong("backup", tmp_path / "b", PAMONG_HOME=tmp_path / "new"), "There is nothing to back up")
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / ".b.partial").exists()
    assert not (tmp_path / "new").exists()


def test_keys_that_do_not_open_the_texts_make_no_backup(drill: Drill, tmp_path: Path) -> None:
    environment = drill.environment | {"PAMONG_KEYS": OTHER_KEYS}
    refused(pamong("backup", tmp_path / "b", **environment), "These keys do not open the confidential texts")
    without = {name: value for name, value in drill.environment.items() if name != "PAMONG_KEYS"}
    refused(pamong("backup", tmp_path / "b", **without), "PAMONG_KEYS is not set.")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_replaces_nothing_and_does_not_swallow_itself(drill: Drill, tmp_path: Path) -> None:
    before = manifest.sum_of(drill.folder / DUMP)
    refused(pamong("backup", drill.folder, **drill.environment), "is there already")
    assert manifest.sum_of(drill.folder / DUMP) == before
    refused(pamong("backup", drill.home / "b", **drill.environment), "lies in the data folder")
    (tmp_path / "b.keys").write_text("PAMONG_KEYS=of another\n")
    refused(pamong("backup", tmp_path / "b", **drill.environment), "holds other keys")
    assert (tmp_path / "b.keys").read_text() == "PAMONG_KEYS=of another\n"
    assert not (tmp_path / "b").exists()


def test_what_a_killed_backup_left_is_no_backup_and_is_cleared_by_the_next(
    drill: Drill, tmp_path: Path
) -> None:
    left = tmp_path / ".b.partial"
    left.mkdir()
    (left / DUMP).write_bytes(b"half of it")
    refused(pamong("restore", left, PAMONG_HOME=tmp_path / "home"), "incomplete", "manifest.json")
    said = pamong("backup", tmp_path / "b", **drill.environment)
    assert said.returncode == 0, said.stderr
    assert not left.exists()
    manifest.check_files(tmp_path / "b", manifest.read(tmp_path / "b"))


# --- backups that cannot be restored ----------------------------------------------------------------


@pytest.fixture
def copy(drill: Drill, tmp_path: Path) -> Path:
    """A copy of the backup, with its keys beside it, to be spoilt."""
    made = tmp_path / "copy"
    shutil.copytree(drill.folder, made)
    shutil.copy(drill.keys_file, tmp_path / "copy.keys")
    return made


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", [DUMP, "files/attachments/12/berkas", manifest.NAME])
def test_a_damaged_file_is_refused_and_named(copy: Path, tmp_path: Path, name: str) -> None:
    spoil(copy / name)
    home = tmp_path / "home"
    refused(pamong("restore", copy, PAMONG_HOME=home), f"{copy / name} is damaged")
    assert not home.exists()


@pytest.mark.parametrize("name", [DUMP, "files/attachments/12/berkas", manifest.NAME])
def test_a_missing_file_is_refused_and_named(copy: Path, tmp_path: Path, name: str) -> None:
    (copy / name).unlink()
    home = tmp_path / "home"
    refused(pamong("restore", copy, PAMONG_HOME=home), name, "incomplete")
    assert not home.exists()


def test_changed_counts_are_found_by_the_manifests_own_checksum(copy: Path, tmp_path: Path) -> None:
    path = copy / manifest.NAME
    path.write_text(path.read_text().replace('"rows": ', '"rows": 1', 1))
    refused(pamong("restore", copy, PAMONG_HOME=tmp_path / "home"), f"{path} is damaged")


def test_a_backup_of_a_newer_pamong_is_refused(copy: Path, tmp_path: Path, drill: Drill) -> None:
    newer = manifest.to_bytes(replace(drill.manifest, schema="9999", version="9.9.9"))
    (copy / manifest.NAME).write_bytes(newer)
    refused(pamong("restore", copy, PAMONG_HOME=tmp_path / "home"), "made by a newer Pamong: 9.9.9")


@pytest.mark.parametrize("name", ["files/../../outside", "/etc/hostname"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(
    copy: Path, tmp_path: Path, drill: Drill, name: str
) -> None:
    (tmp_path / "outside").write_text("of somebody else")
    files_and_more = {**drill.manifest.files, name: manifest.sum_of(copy / name)}
    (copy / manifest.NAME).write_bytes(manifest.to_bytes(replace(drill.manifest, files=files_and_more)))
    refused(pamong("restore", copy, PAMONG_HOME=tmp_path / "home"), "names a file outside the backup")


def test_missing_and_wrong_keys_are_refused_before_anything_starts(copy: Path, tmp_path: Path) -> None:
    home, beside = tmp_path / "home", tmp_path / "copy.keys"
    right = keys.read(beside)
    beside.unlink()
    refused(pamong("restore", copy, PAMONG_HOME=home), f"The keys are missing: {beside} is not there.")
    keys.write(tmp_path / "wrong", keys.Keys(OTHER_KEYS, right.secret_key))
    wrong = ("restore", copy, "--keys", tmp_path / "wrong")
    refused(pamong(*wrong, PAMONG_HOME=home), "These keys do not open the confidential texts")
    # A file that is named must be the right one, also where the settings have the keys.
    refused(pamong(*wrong, PAMONG_HOME=home, **WITH_KEYS), "These keys do not open the confidential texts")
    keys.write(tmp_path / "renamed", keys.Keys(right.keys.replace("test:", "new:"), right.secret_key))
    refused(
        pamong("restore", copy, "--keys", tmp_path / "renamed", PAMONG_HOME=home),
        "master key 'test' is not configured",
    )
    keys.write(tmp_path / "secret", keys.Keys(right.keys, "another secret key of a good length"))
    refused(
        pamong("restore", copy, "--keys", tmp_path / "secret", PAMONG_HOME=home),
        "PAMONG_SECRET_KEY is not the one of this backup",
    )
    (tmp_path / "none").write_text("nothing")
    refused(pamong("restore", copy, "--keys", tmp_path / "none", PAMONG_HOME=home), "is no file of keys")
    assert not home.exists()


def test_only_an_empty_database_is_restored_into(drill: Drill, new_database, tmp_path: Path) -> None:
    for urls in (drill.urls, new_database(migrated=True)):
        with connect(urls["backup"]) as connection:
            before = contents.counts(connection)
        said = pamong(
            "restore",
            drill.folder,
            PAMONG_HOME=tmp_path / "home",
            DATABASE_URL=urls["app"],
            DATABASE_OWNER_URL=urls["owner"],
            DATABASE_BACKUP_URL=urls["backup"],
            **WITH_KEYS,
        )
        refused(said, "The database is not empty")
        with connect(urls["backup"]) as connection:
            assert contents.counts(connection) == before
    assert not (tmp_path / "home" / "attachments").exists()


def test_a_role_that_could_not_count_afterwards_is_found_before_anything_is_written(
    drill: Drill, new_database, tmp_path: Path
) -> None:
    urls = new_database(migrated=False)
    said = pamong(
        "restore",
        drill.folder,
        PAMONG_HOME=tmp_path / "home",
        DATABASE_URL=urls["app"],
        DATABASE_OWNER_URL=urls["owner"],
        DATABASE_BACKUP_URL=urls["app"],
        **WITH_KEYS,
    )
    refused(said, "does not see past row-level security")
    with connect(urls["backup"]) as connection:
        assert contents.schema(connection) is None


def test_a_restore_needs_all_three_roles(drill: Drill, tmp_path: Path) -> None:
    said = pamong("restore", drill.folder, PAMONG_HOME=tmp_path, DATABASE_URL=drill.urls["app"], **WITH_KEYS)
    refused(said, "DATABASE_OWNER_URL is not set.", "DATABASE_BACKUP_URL is not set.")


def test_a_data_folder_with_keys_of_its_own_is_refused_and_an_empty_one_takes_them(tmp_path: Path) -> None:
    used = local_secrets(tmp_path / "used")
    with pytest.raises(EngineError, match="keys and data of its own"):
        adopt_secrets(tmp_path / "used", secret_key="s", keys="k")
    assert local_secrets(tmp_path / "used") == used
    assert adopt_secrets(tmp_path / "new", secret_key="s", keys="k").keys == "k"
    assert adopt_secrets(tmp_path / "new", secret_key="s", keys="k") == local_secrets(tmp_path / "new")


def test_files_that_are_there_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("an older one")
    with pytest.raises(BackupError, match="berkas is there already"):
        files.check_room(tmp_path, ["files/berkas"])
    files.check_room(tmp_path, ["files/other"])


def test_a_load_that_breaks_off_leaves_the_database_empty(drill: Drill, new_database, tmp_path: Path) -> None:
    whole = (drill.folder / DUMP).read_bytes()
    urls = new_database(migrated=False)
    grant = "GRANT CREATE ON SCHEMA public TO pamong_lookup;"
    for part, after in ((whole[: len(whole) * 3 // 4], ""), (whole, "SELECT 1/0;")):
        (tmp_path / DUMP).write_bytes(part)
        with pytest.raises(BackupError, match="could not be written"):
            programs.load(urls["owner"], tmp_path / DUMP, before=grant, after=after)
        with connect(urls["backup"]) as connection:
            assert contents.schema(connection) is None
            assert contents.counts(connection) == {}
    (tmp_path / DUMP).write_bytes(whole)
    programs.load(urls["owner"], tmp_path / DUMP, before=grant, after="")
    with connect(urls["backup"]) as connection:
        assert contents.counts(connection) == drill.manifest.tables
