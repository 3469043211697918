"""Bring an installation's database, bucket and roles to what this version expects; run before its processes start."""

from __future__ import annotations

import os
import sys

from tongbao_airflow import environment


def main() -> int:
    """Migrate, make what is missing, and change nothing that is there; safe to run again."""
    environment.apply()
    from airflow.utils import db

    db.upgradedb()
    make_bucket(os.environ["TONGBAO_ARCHIVE"])
    make_users()
    from tongbao_airflow import roles

    # A fault in one office's settings shows as a DAG of its own; it must not keep the others from starting.
    roles.main()
    return 0


def make_bucket(archive: str) -> None:
    """Make the archive's bucket where it lies in an object store and has none yet."""
    from upath import UPath

    root = UPath(archive)
    if root.protocol == "s3":
        bucket = root.path.partition("/")[0]
        if not root.fs.exists(bucket):
            root.fs.mkdir(bucket)


def make_users() -> None:
    """Flask-AppBuilder's own roles, and the first administrator."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        security = builder.sm
        security.sync_roles()
        password = os.environ.get("TONGBAO_ADMIN_PASSWORD")
        if password and security.find_user(username="admin") is None:
            role = security.find_role("Admin")
            security.add_user("admin", "管理员", "通报", "admin@tongbao.invalid", role, password)


if __name__ == "__main__":
    sys.exit(main())
