"""What every store promises the registry, and the registry its users: folder, memory, S3."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from segmentation.errors import (
    DocumentError,
    NoChampion,
    RegistryError,
    StoreConflict,
    TransientError,
    UnknownVersion,
)
from segmentation.model import UNPUBLISHED
from segmentation.registry import CHAMPION_KEY, Registry
from segmentation.store import DocumentStore, FolderStore, Stored
from segmentation_aws.store import S3Store
from tests.support.memory_store import MemoryStore
from tests.support.models import mall_model, shopper_model

MODEL = mall_model(UNPUBLISHED)
BUCKET = "models"


@pytest.fixture(params=["folder", "memory", "s3", "s3 prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DocumentStore]:
    if request.param == "folder":
        yield FolderStore(tmp_path / "registry")
    elif request.param == "memory":
        yield MemoryStore()
    else:
        with mock_aws():
            client = boto3.client("s3", region_name="us-east-1")
            client.create_bucket(Bucket=BUCKET)
            yield S3Store(client, BUCKET, "team/a/" if request.param == "s3 prefix" else "")


@pytest.fixture
def registry(store: DocumentStore) -> Registry:
    ticks = iter(range(10_000))
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Registry(store, now=lambda: noon + timedelta(seconds=next(ticks)))


class TestStore:
    def test_an_absent_object_is_none(self, store: DocumentStore) -> None:
        assert store.get("a/b.json") is None

    def test_what_was_put_is_got_with_its_tag(self, store: DocumentStore) -> None:
        etag = store.put("a/b.json", b"one", expected=None)

        assert store.get("a/b.json") == Stored(b"one", etag)

    def test_an_object_is_not_overwritten_by_a_first_put(self, store: DocumentStore) -> None:
        store.put("a", b"one", expected=None)

        with pytest.raises(StoreConflict):
            store.put("a", b"two", expected=None)

        assert _data(store, "a") == b"one"

    def test_an_object_is_swapped_by_whoever_saw_it(self, store: DocumentStore) -> None:
        seen = store.put("a", b"one", expected=None)

        etag = store.put("a", b"two", expected=seen)

        assert etag != seen
        assert store.get("a") == Stored(b"two", etag)

    def test_a_swap_on_an_old_tag_is_lost(self, store: DocumentStore) -> None:
        seen = store.put("a", b"one", expected=None)
        store.put("a", b"two", expected=seen)

        with pytest.raises(StoreConflict):
            store.put("a", b"three", expected=seen)

        assert _data(store, "a") == b"two"

    def test_a_swap_of_an_object_that_is_gone_is_lost(self, store: DocumentStore) -> None:
        with pytest.raises(StoreConflict):
            store.put("a", b"two", expected='"tag"')

        assert store.get("a") is None

    @pytest.mark.parametrize("swap", [False, True])
    def test_a_put_that_meets_its_own_bytes_has_succeeded(
        self, store: DocumentStore, swap: bool
    ) -> None:
        # The SDK repeats a PUT whose answer was lost: the second one finds the first one's bytes.
        seen = store.put("a", b"zero", expected=None) if swap else None
        first = store.put("a", b"one", expected=seen)

        assert store.put("a", b"one", expected=seen) == first

    def test_keys_are_listed_by_prefix_in_order(self, store: DocumentStore) -> None:
        for key in ("models/v2/model.json", "models/v10/model.json", "aliases/champion.json"):
            store.put(key, b"{}", expected=None)

        assert store.list("models/") == ["models/v10/model.json", "models/v2/model.json"]
        assert store.list("nothing/") == []

    def test_more_keys_than_one_page_of_s3_are_listed(
        self, store: DocumentStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")  # instead of 1,000 on a page
        keys = [f"models/v{number}/model.json" for number in range(10)]
        for key in keys:
            store.put(key, b"{}", expected=None)

        assert store.list("models/") == sorted(keys)

    def test_any_bytes_are_kept(self, store: DocumentStore) -> None:
        data = bytes(range(256)) * 10

        store.put("a", data, expected=None)

        assert _data(store, "a") == data


class TestVersions:
    def test_versions_count_from_one(self, registry: Registry) -> None:
        assert [registry.publish(MODEL).version for _ in range(3)] == ["v1", "v2", "v3"]
        assert registry.versions() == ["v1", "v2", "v3"]

    def test_versions_are_ordered_as_numbers(self, registry: Registry) -> None:
        for _ in range(11):
            registry.publish(MODEL)

        assert registry.versions()[-3:] == ["v9", "v10", "v11"]

    def test_a_published_model_is_loaded_as_it_was(self, registry: Registry) -> None:
        published = registry.publish(shopper_model(UNPUBLISHED))

        assert registry.load("v1") == published == shopper_model("v1")

    def test_a_published_version_never_changes(
        self, registry: Registry, store: DocumentStore
    ) -> None:
        registry.publish(MODEL)
        before = _data(store, "models/v1/model.json")

        with pytest.raises(StoreConflict):
            store.put("models/v1/model.json", b"{}", expected=None)

        assert _data(store, "models/v1/model.json") == before

    def test_of_two_who_publish_at_once_both_get_a_version(
        self, registry: Registry, store: DocumentStore
    ) -> None:
        late = Registry(_Interrupted(store, "models/", lambda: registry.publish(MODEL)))

        assert late.publish(shopper_model(UNPUBLISHED)).version == "v2"
        assert [registry.load(one).spec.name for one in registry.versions()] == [
            "mall_customers",
            "shoppers",
        ]

    @pytest.mark.parametrize("version", ["v2", "v01", "latest", "../v1", "", "V1"])
    def test_an_unknown_version_names_the_known_ones(
        self, registry: Registry, version: str
    ) -> None:
        registry.publish(MODEL)

        with pytest.raises(UnknownVersion) as caught:
            registry.load(version)

        assert f'got version "{version}", there is v1' in str(caught.value)

    def test_a_registry_without_versions_says_so(self, registry: Registry) -> None:
        assert registry.versions() == []
        with pytest.raises(UnknownVersion, match="there is none at all"):
            registry.load("v1")

    def test_a_document_under_another_name_is_refused(
        self, registry: Registry, store: DocumentStore
    ) -> None:
        store.put("models/v5/model.json", mall_model("v1").to_json(), expected=None)

        with pytest.raises(DocumentError, match=r"v5/model\.json\.version: got v1, expected v5"):
            registry.load("v5")

    def test_a_changed_document_is_refused(self, registry: Registry, store: DocumentStore) -> None:
        text = mall_model("v1").to_json().replace(b"158794.5", b"158794.4")
        store.put("models/v1/model.json", text, expected=None)

        with pytest.raises(DocumentError, match=r"model\.json\.sha256: .* it was changed"):
            registry.load("v1")

    def test_files_beside_a_model_are_kept_once(self, registry: Registry) -> None:
        registry.publish(MODEL)
        registry.attach("v1", "report.html", b"<html>")

        assert registry.attachment("v1", "report.html") == b"<html>"
        assert registry.attachment("v1", "other.html") is None
        assert registry.versions() == ["v1"]
        with pytest.raises(StoreConflict):
            registry.attach("v1", "report.html", b"another")


class TestChampion:
    def test_before_the_first_promotion_there_is_none(self, registry: Registry) -> None:
        registry.publish(MODEL)

        assert registry.champion().version is None
        with pytest.raises(NoChampion, match="segment models promote"):
            registry.load_champion()

    def test_a_promoted_version_serves_and_its_move_is_kept(self, registry: Registry) -> None:
        registry.publish(MODEL)
        registry.publish(MODEL)

        registry.promote("v1", by="ada", why="first")
        alias = registry.promote("v2", by="bob", why="more data")

        assert registry.load_champion().version == "v2"
        assert registry.champion().alias == alias
        assert [(one.action, one.version, one.previous) for one in alias.history] == [
            ("promote", "v1", ""),
            ("promote", "v2", "v1"),
        ]
        assert [(one.by, one.why, one.at) for one in alias.history] == [
            ("ada", "first", "2026-11-23T12:00:00+00:00"),
            ("bob", "more data", "2026-11-23T12:00:01+00:00"),
        ]

    def test_a_version_that_is_not_there_is_not_promoted(self, registry: Registry) -> None:
        registry.publish(MODEL)
        registry.promote("v1", by="ada", why="")

        with pytest.raises(UnknownVersion):
            registry.promote("v9", by="ada", why="")

        assert registry.champion_version() == "v1"

    def test_a_damaged_version_is_not_promoted(
        self, registry: Registry, store: DocumentStore
    ) -> None:
        store.put("models/v1/model.json", b"{}", expected=None)

        with pytest.raises(DocumentError):
            registry.promote("v1", by="ada", why="")

        assert registry.champion().version is None

    def test_both_of_two_promotions_at_once_stand_in_the_history(
        self, registry: Registry, store: DocumentStore
    ) -> None:
        for _ in range(3):
            registry.publish(MODEL)
        registry.promote("v1", by="ada", why="")
        late = Registry(
            _Interrupted(
                store, CHAMPION_KEY, lambda: registry.promote("v2", by="bob", why="in between")
            )
        )

        late.promote("v3", by="ada", why="late")

        alias = registry.champion().alias
        assert alias is not None
        assert [(one.version, one.previous) for one in alias.history] == [
            ("v1", ""),
            ("v2", "v1"),
            ("v3", "v2"),
        ]

    def test_a_promotion_that_rests_on_an_older_champion_is_lost(self, registry: Registry) -> None:
        for _ in range(3):
            registry.publish(MODEL)
        registry.promote("v1", by="ada", why="")
        seen = registry.champion()
        registry.promote("v2", by="bob", why="")

        with pytest.raises(StoreConflict):
            registry.promote("v3", by="ada", why="", seen=seen)

        assert registry.champion_version() == "v2"

    def test_rollbacks_walk_back_through_the_promotions(self, registry: Registry) -> None:
        for _ in range(3):
            registry.publish(MODEL)
            registry.promote(registry.versions()[-1], by="ada", why="")

        served = [registry.rollback(by="bob", why="complaints").version for _ in range(2)]

        assert served == ["v2", "v1"]
        with pytest.raises(RegistryError, match="no champion before v1"):
            registry.rollback(by="bob", why="")
        assert registry.champion_version() == "v1"

    def test_a_promotion_after_a_rollback_rolls_back_to_where_it_was(
        self, registry: Registry
    ) -> None:
        for _ in range(3):
            registry.publish(MODEL)
        registry.promote("v1", by="ada", why="")
        registry.promote("v2", by="ada", why="")
        registry.rollback(by="ada", why="v2 is bad")
        registry.promote("v3", by="ada", why="")

        assert registry.rollback(by="ada", why="").version == "v1"

    def test_nothing_is_rolled_back_before_the_first_promotion(self, registry: Registry) -> None:
        with pytest.raises(RegistryError, match="no champion before the first"):
            registry.rollback(by="ada", why="")

        assert registry.champion().version is None

    @pytest.mark.parametrize(
        ("damaged", "field"),
        [
            (b"not json", r"aliases/champion\.json: not JSON"),
            (b"{}", r"aliases/champion\.json\.format: missing"),
        ],
    )
    def test_a_damaged_alias_is_refused_by_its_field(
        self, registry: Registry, store: DocumentStore, damaged: bytes, field: str
    ) -> None:
        store.put(CHAMPION_KEY, damaged, expected=None)

        with pytest.raises(DocumentError, match=field):
            registry.champion()


def test_promotions_of_many_threads_on_one_folder_are_all_kept(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    for _ in range(4):
        registry.publish(MODEL)

    def promote(version: str) -> None:
        for turn in range(4):
            Registry(FolderStore(tmp_path)).promote(version, by=version, why=str(turn))

    threads = [threading.Thread(target=promote, args=(one,)) for one in registry.versions()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    alias = registry.champion().alias
    assert alias is not None
    assert sorted((one.by, one.why) for one in alias.history) == [
        (f"v{version}", str(turn)) for version in range(1, 5) for turn in range(4)
    ]
    for before, after in zip(alias.history, alias.history[1:], strict=False):
        assert after.previous == before.version


def test_a_folder_holds_nothing_but_the_documents_and_a_lock(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path))
    registry.publish(MODEL)
    registry.promote("v1", by="ada", why="")

    files = sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
    )
    assert files == [".lock", "aliases/champion.json", "models/v1/model.json"]


def test_a_bucket_that_is_not_there_is_trouble_that_names_it() -> None:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        with pytest.raises(TransientError, match=r"s3://nowhere/.*NoSuchBucket"):
            S3Store(client, "nowhere").list("")


class _Interrupted:
    """A store in which something else happens just before the first put below a prefix."""

    def __init__(self, store: DocumentStore, prefix: str, happens: Callable[[], object]) -> None:
        self._store = store
        self._prefix = prefix
        self._happens: Callable[[], object] | None = happens

    @property
    def address(self) -> str:
        return self._store.address

    def get(self, key: str) -> Stored | None:
        return self._store.get(key)

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        if self._happens and key.startswith(self._prefix):
            happens, self._happens = self._happens, None
            happens()
        return self._store.put(key, data, expected=expected)

    def list(self, prefix: str) -> list[str]:
        return self._store.list(prefix)


def _data(store: DocumentStore, key: str) -> bytes:
    stored = store.get(key)
    assert stored is not None
    return stored.data
