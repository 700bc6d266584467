"""Which right opens each address of the console, written here a second time on purpose."""

from __future__ import annotations

from typing import Final

from triage.access.table import Right

ANYBODY: Final = {
    "/sign-in",
    "/sign-in/code",
    "/sign-in/passkey",
    "/sign-in/passkey/options",
    "/first/{token}",
    "/invited/{token}",
    "/ack/{token}",
    "/live",
}
OPENED_BY: Final = {
    "/people": Right.MANAGE_PEOPLE,
    "/people/invite": Right.MANAGE_PEOPLE,
    "/people/{person}": Right.MANAGE_PEOPLE,
    "/people/{person}/{act}": Right.MANAGE_PEOPLE,
    "/contact": Right.REPORT_BY_PHONE,
    "/contact/{draft}": Right.REPORT_BY_PHONE,
    "/asked": Right.READ_ENQUIRIES,
    "/asked/{enquiry}": Right.READ_ENQUIRIES,
    "/roles": Right.AGREE_TO_ROLES,
    "/roles/{request}": Right.AGREE_TO_ROLES,
    "/mail": Right.READ_MAILS,
    "/health": Right.READ_HEALTH,
    "/profile": Right.READ_SETTINGS,
    "/notices": Right.READ_NOTICES,
    "/readings": Right.READ_AUDIT,
    "/readings/mine": Right.READ_OWN_TRAIL,
    "/decided": Right.READ_QUEUE,
    "/search": Right.READ_QUEUE,
    "/duty": Right.READ_ROSTER,
    "/duty/shift": Right.MANAGE_ROSTER,
    "/duty/shift/{shift}": Right.MANAGE_ROSTER,
    "/duty/pattern": Right.MANAGE_ROSTER,
    "/duty/import": Right.MANAGE_ROSTER,
    "/duty/roster.ics": Right.READ_ROSTER,
    "/duty/absence": Right.OWN_ABSENCE,
    "/duty/absence/{absence}": Right.OWN_ABSENCE,
    "/duty/deputies": Right.OWN_ABSENCE,
    "/duty/take": Right.TAKE_DUTY,
    "/duty/leave": Right.TAKE_DUTY,
    "/alarm/{alarm}": Right.ANSWER_ALARM,
    "/handover": Right.READ_HANDOVER,
    "/handover/give": Right.HAND_OVER,
    "/handover/{handover}": Right.TAKE_DUTY,
    "/undelivered/{row}": Right.READ_UNDELIVERED,
    "/parked/{parked}": Right.SETTLE_PARKED,
    "/case/{code}": Right.READ_CASE,
    "/case/{code}/{act}": Right.READ_CASE,
    "/case/{code}/here": Right.READ_CASE,
    "/case/{code}/identity": Right.READ_IDENTITY,
    "/case/{code}/unsend": Right.WRITE_TO_REPORTER,
    "/me/link": Right.LINK_TELEGRAM,
    "/me/unlink": Right.LINK_TELEGRAM,
    "/me/sms": Right.CHANGE_SMS,
    "/me/no-sms": Right.CHANGE_SMS,
}
"""Written here a second time on purpose: a route that somebody adds must be thought about twice."""
WHOEVER_IS_SIGNED_IN: Final = {
    "",
    "/",
    "/me",
    "/me/{act}",
    "/me/password",
    "/me/language",
    "/me/session",
    "/me/fresh",
    "/me/fresh/options",
    "/me/fresh/passkey",
    "/me/recovery-codes",
    "/me/passkey",
    "/me/passkey/options",
    "/me/passkey/drop",
    "/me/leave",
    "/sign-out",
}
ENDS_THE_SESSION: Final = {"/me/leave", "/sign-out"}
