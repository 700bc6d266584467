"""Row security on PostgreSQL, as the migrations switch it on and off; on SQLite there is none."""

from __future__ import annotations

from alembic import op

# Forced: it holds for the owner of the tables as well, but for no superuser. Written out, for a statement is never
# put together from text.
_SWITCH_ON = {
    "cases": (
        "ALTER TABLE cases ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE cases FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON cases USING (coalesce(current_setting('tovholder.reader', true), '') = '' "
            "OR conflicts IS NULL OR position(current_setting('tovholder.reader', true) in conflicts) = 0) "
            "WITH CHECK (true)"
        ),
    ),
    "case_keys": (
        "ALTER TABLE case_keys ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE case_keys FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON case_keys USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = owner)) "
            "WITH CHECK (true)"
        ),
    ),
    "case_events": (
        "ALTER TABLE case_events ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE case_events FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON case_events USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    "submissions": (
        "ALTER TABLE submissions ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE submissions FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON submissions USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    "messages": (
        "ALTER TABLE messages ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE messages FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON messages USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    # What is about no case yet is nobody's to hide.
    "alarms": (
        "ALTER TABLE alarms ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE alarms FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON alarms "
            "USING (case_id IS NULL OR EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) WITH CHECK (true)"
        ),
    ),
    "enquiries": (
        "ALTER TABLE enquiries ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE enquiries FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON enquiries USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    "enquiry_words": (
        "ALTER TABLE enquiry_words ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE enquiry_words FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON enquiry_words USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    "identity_requests": (
        "ALTER TABLE identity_requests ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE identity_requests FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON identity_requests "
            "USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) WITH CHECK (true)"
        ),
    ),
    "proposal_answers": (
        "ALTER TABLE proposal_answers ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE proposal_answers FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON proposal_answers "
            "USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) WITH CHECK (true)"
        ),
    ),
    "person_marks": (
        "ALTER TABLE person_marks ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE person_marks FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON person_marks USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    # A link is there for whoever may know of both cases.
    "case_links": (
        "ALTER TABLE case_links ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE case_links FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON case_links "
            "USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_a) "
            "AND EXISTS (SELECT 1 FROM cases WHERE cases.id = case_b)) WITH CHECK (true)"
        ),
    ),
    "held_replies": (
        "ALTER TABLE held_replies ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE held_replies FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON held_replies USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    "presences": (
        "ALTER TABLE presences ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE presences FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON presences USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
    "tasks": (
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE tasks FORCE ROW LEVEL SECURITY",
        (
            "CREATE POLICY not_hidden ON tasks USING (EXISTS (SELECT 1 FROM cases WHERE cases.id = case_id)) "
            "WITH CHECK (true)"
        ),
    ),
}
_SWITCH_OFF = {
    "cases": (
        "DROP POLICY not_hidden ON cases",
        "ALTER TABLE cases NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
    ),
    "case_keys": (
        "DROP POLICY not_hidden ON case_keys",
        "ALTER TABLE case_keys NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE case_keys DISABLE ROW LEVEL SECURITY",
    ),
    "case_events": (
        "DROP POLICY not_hidden ON case_events",
        "ALTER TABLE case_events NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE case_events DISABLE ROW LEVEL SECURITY",
    ),
    "submissions": (
        "DROP POLICY not_hidden ON submissions",
        "ALTER TABLE submissions NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE submissions DISABLE ROW LEVEL SECURITY",
    ),
    "messages": (
        "DROP POLICY not_hidden ON messages",
        "ALTER TABLE messages NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE messages DISABLE ROW LEVEL SECURITY",
    ),
    "alarms": (
        "DROP POLICY not_hidden ON alarms",
        "ALTER TABLE alarms NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE alarms DISABLE ROW LEVEL SECURITY",
    ),
}


def switch_on(*tables: str) -> None:
    """Leave out of these tables what is hidden from whoever a transaction reads for."""
    _run(*(statement for table in tables for statement in _SWITCH_ON[table]))


def switch_off(*tables: str) -> None:
    """Show everything to everybody again; dropping a table needs none of it."""
    _run(*(statement for table in tables for statement in _SWITCH_OFF[table]))


def _run(*statements: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
