import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.public import PublicKey, SealedBox

from contracts.submission import Sealed
from contracts.tokens import is_genuine
from services.platform.seal import PublicKeyError, load_sealer
from services.vault.crypto import (
    CannotBeOpenedError,
    NotAsAgreedError,
    fingerprint,
    identity_mac,
    new_data_key,
    new_token,
    open_sealed,
    unwrap,
)
from services.vault.keys import KeyFileError, Keys, load_keys, make_keys


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "keys" / "vault.key", tmp_path / "vault.pub"
    make_keys(private, public)
    return private, public


@pytest.fixture
def keys(files: tuple[Path, Path]) -> Keys:
    return load_keys(files[0])


def test_the_key_file_is_for_its_owner_alone_and_the_public_key_belongs_to_it(files: tuple[Path, Path]) -> None:
    private, public = files
    assert private.stat().st_mode & 0o777 == 0o600
    assert b64decode(public.read_text()) == load_keys(private).public


def test_keys_are_made_once_and_a_lost_public_key_comes_back(files: tuple[Path, Path]) -> None:
    private, public = files
    before, shown = load_keys(private), public.read_text()
    public.unlink()
    make_keys(private, public)
    assert (load_keys(private), public.read_text()) == (before, shown)


def test_a_key_file_that_others_can_read_is_refused(files: tuple[Path, Path]) -> None:
    files[0].chmod(0o640)
    with pytest.raises(KeyFileError, match="0600"):
        load_keys(files[0])


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"sealing": "!"}', '{"sealing": "", "master": "", "identity": ""}']
)
def test_a_damaged_key_file_is_refused_and_not_quoted(content: str, files: tuple[Path, Path]) -> None:
    files[0].write_text(content)
    with pytest.raises(KeyFileError) as caught:
        load_keys(files[0])
    assert str(caught.value).startswith(str(files[0]))


def test_keys_do_not_show_in_their_repr(keys: Keys) -> None:
    assert str(keys.master) not in repr(keys)


def test_without_the_public_key_intake_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("c2hvcnQ=")
    for path in (None, tmp_path / "missing", tmp_path / "bad"):
        with pytest.raises(PublicKeyError):
            load_sealer(path)


def test_what_intake_seals_only_the_vault_opens(files: tuple[Path, Path], keys: Keys) -> None:
    part = Sealed(persons={}, narrative="多处损伤。")
    sealed = load_sealer(files[1]).seal(part.to_json())
    assert "多处损伤".encode() not in sealed
    assert open_sealed(keys, sealed) == part
    with pytest.raises(CannotBeOpenedError):
        open_sealed(replace(keys, sealing=keys.master), sealed)


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 200])
def test_what_is_no_sealed_box_cannot_be_opened(damage: bytes, keys: Keys) -> None:
    with pytest.raises(CannotBeOpenedError):
        open_sealed(keys, damage)


def test_what_opens_but_breaks_the_contract_is_told_apart(keys: Keys) -> None:
    box = SealedBox(PublicKey(keys.public))
    with pytest.raises(NotAsAgreedError):
        open_sealed(keys, bytes(box.encrypt(json.dumps({"persons": 3}).encode())))


def test_every_data_key_opens_its_own_content_and_no_other(keys: Keys) -> None:
    one, two = new_data_key(keys), new_data_key(keys)
    content = one.encrypt(b"secret")
    assert unwrap(keys, one.wrapped).decrypt(content) == b"secret"
    with pytest.raises(CannotBeOpenedError):
        two.decrypt(content)
    with pytest.raises(CannotBeOpenedError):
        unwrap(replace(keys, master=keys.identity), one.wrapped)


def test_an_identity_number_is_recognised_only_with_the_key(keys: Keys) -> None:
    number = "33038220120305002X"
    assert identity_mac(keys, number) == identity_mac(keys, number)
    assert identity_mac(keys, number) != identity_mac(replace(keys, identity=keys.master), number)


def test_tokens_are_codes_never_repeat_and_prove_their_vault(keys: Keys) -> None:
    tokens = {new_token(keys) for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(token.isascii() and token.islower() and len(token) == 41 for token in tokens)
    assert all(is_genuine(keys.token, token) for token in tokens)
    assert not any(is_genuine(keys.identity, token) for token in tokens)


def test_the_fingerprint_changes_with_any_key_that_wrote_a_table(keys: Keys) -> None:
    assert (
        len(
            {
                fingerprint(keys),
                fingerprint(replace(keys, master=bytes(32))),
                fingerprint(replace(keys, identity=bytes(32))),
            }
        )
        == 3
    )
