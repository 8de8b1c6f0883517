"""Prepared queries do what the ORM's do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Model
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from handover.models import BotApp, Content, Handover, Identity, Source, Thread
from handover.prepared import Given, Select, Update, insert, insert_unless_known

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return Source.objects.create(
        channel_type="messenger", foreign_id="111", name="Größe", agent_app_id="800", can_take=None
    )


@pytest.fixture
def thread(source: Source) -> Thread:
    maya = Identity.objects.create(source=source, foreign_id="24001", first_name="Maya")
    return Thread.objects.create(
        source=source,
        identity=maya,
        owner_since=timezone.now(),
        thread_category_ids=["a", "b"],
        owner_sure=True,
    )


def columns_of(row: Model) -> dict[str, Any]:
    return {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}


class TestSelect:
    WITH_ALL = Select(lambda: Thread.objects.filter(pk=Given("pk")).select_related("identity", "source"))
    NAMES = Select(
        lambda: BotApp.objects.filter(source=Given("source")).order_by("app_id").values_list("app_id")
    )
    SINCE = Select(lambda: Thread.objects.filter(owner_since__gte=Given("since"), owner_sure=True))
    LOCKED = Select(lambda: Thread.objects.select_for_update().filter(pk=Given("pk")))

    def test_finds_the_row_that_the_orm_finds_with_its_relations(self, thread: Thread) -> None:
        found = self.WITH_ALL.one(pk=thread.pk)
        assert columns_of(found) == columns_of(Thread.objects.get(pk=thread.pk))
        assert columns_of(found.identity) == columns_of(thread.identity)
        assert columns_of(found.source) == columns_of(Source.objects.get())

    def test_a_row_that_it_found_can_be_saved(self, thread: Thread) -> None:
        found = self.WITH_ALL.one(pk=thread.pk)
        found.thread_category_ids = ["c"]
        found.save()
        assert Thread.objects.get().thread_category_ids == ["c"]

    def test_takes_other_values_each_time(self, source: Source) -> None:
        for app_id in ("901", "900"):
            BotApp.objects.create(source=source, app_id=app_id)
        assert self.NAMES.all(source=source.pk) == [("900",), ("901",)]
        assert self.NAMES.all(source=source.pk + 1) == []

    def test_compares_moments(self, thread: Thread) -> None:
        assert self.SINCE.first(since=timezone.now() - timedelta(minutes=1)) == thread
        assert self.SINCE.first(since=timezone.now() + timedelta(minutes=1)) is None

    def test_one_row_that_is_missing_is_the_models_own_error(self) -> None:
        with pytest.raises(Thread.DoesNotExist):
            self.WITH_ALL.one(pk=1)


@pytest.mark.django_db(transaction=True)
def test_rows_are_not_locked_outside_of_a_transaction(thread: Thread) -> None:
    with transaction.atomic():
        assert TestSelect.LOCKED.one(pk=thread.pk) == thread
    with pytest.raises(TransactionManagementError):
        TestSelect.LOCKED.one(pk=thread.pk)


class TestUpdate:
    SET = Update(
        lambda: Thread.objects.filter(pk=Given("pk"), owner=Given("seen")),
        owner=Given("owner"),
        owner_since=Given("since"),
        thread_category_ids=Given("ids"),
        history_length=F("history_length") + 1,
        owner_sure=False,
    )

    def test_sets_what_is_given_and_what_is_fixed(self, thread: Thread) -> None:
        since = timezone.now()
        assert self.SET.run(pk=thread.pk, seen="unknown", owner="bot", since=since, ids=["é"]) == 1
        row = Thread.objects.get()
        assert (row.owner, row.owner_since, row.thread_category_ids) == ("bot", since, ["é"])
        assert (row.history_length, row.owner_sure) == (1, False)

    def test_a_column_can_be_emptied(self, thread: Thread) -> None:
        self.SET.run(pk=thread.pk, seen="unknown", owner="bot", since=None, ids=[])
        assert Thread.objects.get().owner_since is None

    def test_changes_nothing_where_the_condition_does_not_hold(self, thread: Thread) -> None:
        assert self.SET.run(pk=thread.pk, seen="agent", owner="bot", since=None, ids=[]) == 0
        assert Thread.objects.get().owner == "unknown"


class TestInsert:
    def content(self, thread: Thread, foreign_id: str = "m_1") -> Content:
        now = timezone.now()
        return Content(
            source=thread.source,
            thread=thread,
            foreign_id=foreign_id,
            author="customer",
            field="messaging",
            attachments=[{"type": "image"}],
            sent_at=now,
            received_at=now,
        )

    def test_the_row_is_as_the_orm_would_have_made_it(self, thread: Thread) -> None:
        content = self.content(thread)
        insert(content)
        assert columns_of(Content.objects.get(pk=content.pk)) == columns_of(content)
        assert content.created_at is not None

    def test_moments_flags_and_lists_are_stored_in_the_orms_own_form(self, thread: Thread) -> None:
        asked = {"source": thread.source, "thread": thread, "requested_at": timezone.now()}
        insert(Handover(**asked, thread_category_ids=["a"], outcome="é"))
        Handover.objects.create(**asked, thread_category_ids=["a"], outcome="é")
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM handover_handover")
            ours, theirs = (row[1:] for row in cursor.fetchall())
        assert ours == theirs

    def test_the_row_can_be_saved_again(self, thread: Thread) -> None:
        content = self.content(thread)
        insert(content)
        content.body = "changed"
        content.save()
        assert Content.objects.get().body == "changed"

    def test_one_that_is_known_already_is_left_alone_and_nothing_breaks(self, thread: Thread) -> None:
        assert insert_unless_known(self.content(thread))
        assert not insert_unless_known(self.content(thread))
        assert insert_unless_known(self.content(thread, "m_2"))
        assert Content.objects.count() == 2

    def test_a_column_that_must_not_be_empty_is_no_sign_of_being_known(self, thread: Thread) -> None:
        content = self.content(thread)
        content.body = None  # type: ignore[assignment]
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_unless_known(content)

    def test_after_an_error_the_transaction_takes_no_more(self, thread: Thread) -> None:
        """As with the ORM: nobody goes on by mistake with half of what was meant."""
        insert(self.content(thread))
        with transaction.atomic():
            with pytest.raises(IntegrityError):
                insert(self.content(thread))
            with pytest.raises(TransactionManagementError):
                Thread.objects.update(owner="bot")
        assert Thread.objects.get().owner == "unknown"

    def test_an_error_undoes_the_transaction_that_it_happens_in(self, thread: Thread) -> None:
        insert(self.content(thread))
        with pytest.raises(IntegrityError), transaction.atomic():
            Thread.objects.update(owner="bot")
            insert(self.content(thread))
        assert Thread.objects.get().owner == "unknown"
