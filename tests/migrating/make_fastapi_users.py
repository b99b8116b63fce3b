"""Makes fastapi_users.json, a database of fastapi-users, with that library itself.

It cannot be installed beside SQLAlchemy 2.1, so this runs in an environment of its own:

pip install "fastapi-users[sqlalchemy,oauth]==15.0.5" aiosqlite greenlet
python make_fastapi_users.py
"""

import asyncio
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi_users import BaseUserManager, UUIDIDMixin, schemas
from fastapi_users.db import SQLAlchemyBaseOAuthAccountTableUUID, SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy import ForeignKey, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.schema import CreateIndex, CreateTable

HERE = Path(__file__).parent
PASSWORD = "correct horse battery"


class Base(DeclarativeBase):
    pass


class OAuthAccount(SQLAlchemyBaseOAuthAccountTableUUID, Base):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    oauth_accounts: Mapped[list[OAuthAccount]] = relationship("OAuthAccount", lazy="joined")


class Note(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))


class UserManager(UUIDIDMixin, BaseUserManager[User, UUID]):
    pass


async def main() -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with async_sessionmaker(engine, expire_on_commit=False)() as session:
        users = SQLAlchemyUserDatabase(session, User, OAuthAccount)
        argon2 = UserManager(users)
        bcrypt = UserManager(users, PasswordHelper(PasswordHash((BcryptHasher(),))))
        await _create(argon2, "Ada@Example.com", is_verified=True, is_superuser=True)
        await _create(bcrypt, "bob@example.com")
        await _create(argon2, "inactive@example.com", is_active=False)
        cleo = await argon2.oauth_callback("github", "token", "4711", "cleo@example.com", is_verified_by_default=True)
        session.add(Note(owner_id=cleo.id))
        await session.commit()
        rows = {t.name: _rows(await session.execute(select(t))) for t in Base.metadata.sorted_tables}
    dialects = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect(), "mariadb": mysql.dialect()}
    made = {
        "versions": {name: version(name) for name in ("fastapi-users", "fastapi-users-db-sqlalchemy", "pwdlib")},
        "password": PASSWORD,
        "ddl": {name: _ddl(dialect) for name, dialect in dialects.items()},
        "rows": rows,
    }
    (HERE / "fastapi_users.json").write_text(json.dumps(made, indent=2, default=str) + "\n")


async def _create(manager: UserManager, email: str, **flags: bool) -> User:
    return await manager.create(schemas.BaseUserCreate(email=email, password=PASSWORD, **flags))


def _ddl(dialect: Any) -> list[str]:
    statements: list[Any] = []
    for table in Base.metadata.sorted_tables:
        statements += [
            CreateTable(table),
            *(CreateIndex(index) for index in sorted(table.indexes, key=lambda i: i.name)),
        ]
    return [" ".join(str(statement.compile(dialect=dialect)).split()) for statement in statements]


def _rows(result: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in result.mappings()]


asyncio.run(main())
