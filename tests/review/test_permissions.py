"""Who may do what: the table of roles, scopes of tokens, and decisions that need a person."""

from __future__ import annotations

import pytest

from review.errors import Forbidden
from review.permissions import PERSON_ONLY, ROLE_PERMISSIONS, Permission, may, permissions_of, require, require_person
from review.principals import SYSTEM, Principal, Role

MANAGER = Principal(id="usr_p", name="产品", kind="user", role=Role.PRODUCT_MANAGER)
MODERATOR = Principal(id="usr_m", name="版主", kind="user", role=Role.MODERATOR)
ADMIN = Principal(id="usr_a", name="管理员", kind="user", role=Role.ADMIN)

P = Permission
READING = {P.THEME_READ, P.DRAFT_READ, P.PROPOSAL_READ, P.POST_READ, P.KNOWLEDGE_READ, P.JOB_READ, P.EVENT_READ}


def test_every_role_has_exactly_its_permissions() -> None:
    assert permissions_of(ADMIN) == set(Permission)
    assert permissions_of(MODERATOR) == READING | {
        P.THEME_NOTE,
        P.DRAFT_DECIDE,
        P.KNOWLEDGE_WRITE,
        P.VOTE_CAST,
        P.CREDIT_RECORD,
    }
    assert permissions_of(MANAGER) == READING | {
        P.THEME_NOTE, P.THEME_EDIT, P.THEME_ROUTE, P.PROPOSAL_EDIT, P.VOTE_CAST, P.POST_WRITE, P.KNOWLEDGE_WRITE,
        P.JOB_RUN, P.INTEGRATION_READ, P.CREDIT_RECORD, P.RELEASE_EDIT,
    }  # fmt: skip
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_raw_text_and_erasure_are_for_admins_alone() -> None:
    for permission in (P.POST_READ_RAW, P.AUTHOR_ERASE, P.USER_MANAGE, P.TOKEN_MANAGE, P.INTEGRATION_MANAGE):
        assert [role for role in Role if permission in ROLE_PERMISSIONS[role]] == [Role.ADMIN]


def test_a_token_may_do_what_its_scopes_name_and_nothing_a_person_must_decide() -> None:
    token = Principal(id="tok_1", name="webhook", kind="token", scopes=frozenset(Permission) | {"nonsense"})
    assert permissions_of(token) == set(Permission) - PERSON_ONLY
    assert permissions_of(Principal(id="tok_2", name="x", kind="token", scopes=frozenset({"post:write"}))) == {
        P.POST_WRITE
    }
    assert P.DRAFT_DECIDE in PERSON_ONLY


def test_a_user_without_a_role_may_nothing() -> None:
    assert permissions_of(Principal(id="usr_x", name="x", kind="user")) == frozenset()


def test_a_refusal_names_the_permission_that_is_missing() -> None:
    with pytest.raises(Forbidden) as refused:
        require(MODERATOR, P.THEME_EDIT)
    assert (refused.value.status, refused.value.code) == (403, "forbidden")
    assert refused.value.details == {"permission": "theme:edit"}
    assert refused.value.message_zh


def test_the_system_may_do_everything_but_decide_as_a_person() -> None:
    assert all(may(SYSTEM, permission) for permission in Permission)
    with pytest.raises(Forbidden, match="person"):
        require_person(SYSTEM, P.DRAFT_DECIDE)
    require_person(MODERATOR, P.DRAFT_DECIDE)
