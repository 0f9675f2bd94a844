"""The account's identity, which signs our device; without it strict clients ignore the bot.

Clients that leave out devices their owner has not signed (MSC4153) give such a device no room
keys. nio knows nothing of this, so it is done here.

Source: https://spec.matrix.org/latest/client-server-api/#cross-signing
"""

import base64
import enum
import json
import secrets
from pathlib import Path

import structlog
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from bot.channels.matrix.files import read_json, write_json
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text, tree
from bot.channels.matrix.refusals import RefusalError
from bot.channels.matrix.sealing import SealError, Sharing
from bot.errors import ChannelDownError

log = structlog.get_logger(__name__)

USAGES = ("master", "self_signing", "user_signing")
SEED_BYTES = 32
UNAUTHORIZED = 401


class Standing(enum.StrEnum):
    """How our device stands with its account."""

    SIGNED = "signed"
    FOREIGN = "foreign"
    """The account has an identity that was set up elsewhere and did not sign this device."""
    PASSWORD_NEEDED = "password needed"  # noqa: S105 - a state, not a secret
    UNSUPPORTED = "unsupported"
    """The homeserver did not take the keys or the signature."""


def canonical_json(value: Tree) -> bytes:
    """Encode *value* as it is signed: without ``signatures`` and ``unsigned``.

    Source: https://spec.matrix.org/latest/appendices/#canonical-json
    """
    signed = {key: item for key, item in value.items() if key not in {"signatures", "unsigned"}}
    return json.dumps(
        signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


class SigningKey:
    """One Ed25519 key pair, made from its seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = ECC.construct(curve="Ed25519", seed=seed)
        public = self._key.public_key().export_key(format="raw")
        self.public = _unpadded(bytes(public))
        self.key_id = f"ed25519:{self.public}"

    def sign(self, value: Tree) -> str:
        """Return the signature over *value*, in unpadded base64."""
        return _unpadded(eddsa.new(self._key, "rfc8032").sign(canonical_json(value)))


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


class Identity:
    """The three keys of an account."""

    def __init__(self, user_id: str, seeds: dict[str, bytes]) -> None:
        self._user_id = user_id
        self._seeds = seeds
        self._keys = {usage: SigningKey(seed) for usage, seed in seeds.items()}

    @classmethod
    def of(cls, saved: Tree, user_id: str) -> "Identity | None":
        """Make it of the seeds of *user_id*, if they are whole."""
        try:
            seeds = {usage: base64.b64decode(text(saved, usage)) for usage in USAGES}
        except ValueError:
            return None
        complete = all(len(seed) == SEED_BYTES for seed in seeds.values())
        return cls(user_id, seeds) if complete and saved.get("user_id") == user_id else None

    @classmethod
    def load(cls, path: Path, user_id: str) -> "Identity | None":
        """Read the seeds of *user_id*, if they are there and whole."""
        return cls.of(tree(read_json(path)), user_id)

    @classmethod
    def create(cls, user_id: str) -> "Identity":
        """Make new seeds, which nobody has seen yet."""
        return cls(user_id, {usage: secrets.token_bytes(SEED_BYTES) for usage in USAGES})

    @property
    def seeds(self) -> Tree:
        """What it is made of, as JSON."""
        encoded = {usage: base64.b64encode(seed).decode() for usage, seed in self._seeds.items()}
        return {"user_id": self._user_id, **encoded}

    @property
    def master(self) -> SigningKey:
        """The key that stands for the account."""
        return self._keys["master"]

    @property
    def self_signing(self) -> SigningKey:
        """The key that signs the account's own devices."""
        return self._keys["self_signing"]

    def published(self) -> Tree:
        """Return the public keys as the homeserver wants them; the master signs the others."""
        body: Tree = {}
        for usage, key in self._keys.items():
            public: Tree = {
                "user_id": self._user_id,
                "usage": [usage],
                "keys": {key.key_id: key.public},
            }
            if usage != "master":
                public["signatures"] = {
                    self._user_id: {self.master.key_id: self.master.sign(public)}
                }
            body[f"{usage}_key"] = public
        return body

    def sign_device(self, device: Tree) -> Tree:
        """Return *device* with the account's signature alone, as it is uploaded."""
        clean = {key: item for key, item in device.items() if key != "unsigned"}
        signature = {self.self_signing.key_id: self.self_signing.sign(device)}
        return {**clean, "signatures": {self._user_id: signature}}


class CrossSigning:
    """Sees to it that our device is signed by its account.

    Every step can be repeated: the seeds are on disk before the keys are published, and what the
    homeserver already has is asked first. Only :meth:`ensure` changes anything.

    Attributes:
        user_id: The account.
        device_id: Our device.
    """

    def __init__(
        self,
        server: Homeserver,
        *,
        user_id: str,
        device_id: str,
        password: str,
        store_dir: Path,
        sharing: Sharing | None = None,
    ) -> None:
        self._server = server
        self.user_id = user_id
        self.device_id = device_id
        self._password = password
        self._path = store_dir / "cross_signing.json"
        self._sharing = sharing

    async def ensure(self) -> Standing:
        """Publish the identity if there is none, sign our device, and ask whether it is so.

        Never replaces an identity that was set up elsewhere.

        Raises:
            RefusalError: The homeserver is busy or refused the login; the rest is a standing,
                so that a homeserver without cross-signing is no reason to be silent.
        """
        try:
            standing = await self._ensure()
        except RefusalError as refusal:
            if refusal.general:
                raise
            log.warning("matrix.cross_signing_refused", status=refusal.status)
            return Standing.UNSUPPORTED
        if standing is not Standing.SIGNED:
            log.warning("matrix.device_unsigned", device=self.device_id, standing=standing.value)
        return standing

    async def _ensure(self) -> Standing:
        keys = await self.query()
        identity = await self._known(keys)
        if self.signed(keys):
            return Standing.SIGNED
        if not self._is_published(keys):
            identity = identity or await self._new()
            if not await self._publish(identity.published()):
                return Standing.PASSWORD_NEEDED
            keys = await self.query()
        if identity is None or not self._ours(keys, identity):
            return Standing.FOREIGN
        await self._sign(identity, self._device(keys))
        return Standing.SIGNED if self.signed(await self.query()) else Standing.UNSUPPORTED

    def _is_published(self, keys: Tree) -> bool:
        return bool(tree(keys, "master_keys", self.user_id))

    async def _known(self, keys: Tree) -> Identity | None:
        """Return the identity that we hold, and see to it that every process can hold it."""
        local = Identity.load(self._path, self.user_id)
        if self._sharing is None:
            return local
        shared, locked = await self._shared(self._sharing)
        fitting = [
            identity
            for identity in (shared, local)
            if identity and (self._ours(keys, identity) or not self._is_published(keys))
        ]
        if not fitting:
            if locked:
                msg = "the account's identity in the database can't be opened"
                raise ChannelDownError(f"{msg}: channels.matrix.identity_secret")
            return local
        identity = fitting[0]
        if identity is not shared:
            # Made before there was another process, or the operator has changed the key.
            await self._share(identity, replace=locked or shared is not None)
        return self._written(identity)

    async def _shared(self, sharing: Sharing) -> tuple[Identity | None, bool]:
        """Return the identity that other processes have, and whether there is a locked one."""
        try:
            return Identity.of(await sharing.load() or {}, self.user_id), False
        except SealError:
            return None, True

    async def _share(self, identity: Identity, *, replace: bool) -> Identity:
        """Keep an identity for all processes; return theirs, if one of them was first."""
        if self._sharing is None:
            return identity
        try:
            seeds = await self._sharing.keep(identity.seeds, replace=replace)
        except SealError:
            msg = "another process has another key"
            raise ChannelDownError(f"{msg}: channels.matrix.identity_secret") from None
        return Identity.of(seeds, self.user_id) or identity

    async def _new(self) -> Identity:
        """Make an identity that is kept before anybody has seen its keys."""
        fresh = Identity.create(self.user_id)
        return self._written(await self._share(fresh, replace=False))

    def _written(self, identity: Identity) -> Identity:
        if read_json(self._path) != identity.seeds:
            write_json(self._path, identity.seeds)
        return identity

    async def query(self) -> Tree:
        """Ask for the account's keys and devices."""
        body: Tree = {"device_keys": {self.user_id: []}}
        return await self._server.call("POST", api("keys", "query"), body)

    def _device(self, keys: Tree) -> Tree:
        return tree(keys, "device_keys", self.user_id, self.device_id)

    def knows_device(self, keys: Tree) -> bool:
        """Tell whether the homeserver has our device's keys."""
        return bool(self._device(keys))

    def signed(self, keys: Tree) -> bool:
        """Tell whether *keys* hold the account's signature of our device."""
        ids = tree(keys, "self_signing_keys", self.user_id, "keys")
        signatures = tree(self._device(keys), "signatures", self.user_id)
        return any(key_id in signatures for key_id in ids)

    def standing(self, keys: Tree) -> Standing:
        """Tell how our device stands by *keys*; changes nothing, unlike :meth:`ensure`."""
        if self.signed(keys):
            return Standing.SIGNED
        if not self._is_published(keys):
            return Standing.UNSUPPORTED if self._password else Standing.PASSWORD_NEEDED
        return Standing.UNSUPPORTED if self.owns_identity(keys) else Standing.FOREIGN

    def owns_identity(self, keys: Tree) -> bool:
        """Tell whether we hold the seeds of the account's identity."""
        identity = Identity.load(self._path, self.user_id)
        return identity is not None and self._ours(keys, identity)

    def _ours(self, keys: Tree, identity: Identity) -> bool:
        published = tree(keys, "master_keys", self.user_id, "keys")
        signing = tree(keys, "self_signing_keys", self.user_id, "keys")
        return identity.master.key_id in published and identity.self_signing.key_id in signing

    async def _publish(self, keys: Tree) -> bool:
        """Upload the public keys; ``False`` if that needs a password that we don't have.

        Source: https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3keysdevice_signingupload
        """
        path = api("keys", "device_signing", "upload")
        try:
            await self._server.call("POST", path, keys)
        except RefusalError as refusal:
            if refusal.status != UNAUTHORIZED or "flows" not in refusal.body:
                raise
            if not self._password:
                return False
            await self._server.call("POST", path, {**keys, "auth": self._auth(refusal.body)})
        return True

    def _auth(self, challenge: Tree) -> Tree:
        return {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.user_id},
            "password": self._password,
            "session": challenge.get("session"),
        }

    async def _sign(self, identity: Identity, device: Tree) -> None:
        """Upload the account's signature of our device.

        Source: https://spec.matrix.org/latest/client-server-api/#post_matrixclientv3keyssignaturesupload
        """
        body = {self.user_id: {self.device_id: identity.sign_device(device)}}
        await self._server.call("POST", api("keys", "signatures", "upload"), body)
