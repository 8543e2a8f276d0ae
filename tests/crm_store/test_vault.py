"""What is sealed can be opened with its key, for its purpose, unchanged; or not at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.vault import KEY_BYTES, Cipher, Unreadable, Vault, fresh_key

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
INDEX = bytes(reversed(range(32)))


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_is_sealed_comes_back(plain: bytes, purpose: str) -> None:
    cipher = Cipher([OLD])
    assert cipher.open(cipher.seal(plain, purpose=purpose), purpose=purpose) == plain


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(JSON)
def test_json_comes_back(value: object) -> None:
    cipher = Cipher([OLD])
    assert cipher.open_json(cipher.seal_json(value, purpose="x"), purpose="x") == value


@given(st.binary(max_size=64), st.data())
def test_any_changed_bit_is_noticed(plain: bytes, data: st.DataObject) -> None:
    cipher = Cipher([OLD])
    sealed = bytearray(cipher.seal(plain, purpose="phone"))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8

    with pytest.raises(Unreadable):
        cipher.open(bytes(sealed), purpose="phone")


@given(st.binary(max_size=64), st.data())
def test_what_was_cut_short_is_noticed(plain: bytes, data: st.DataObject) -> None:
    cipher = Cipher([OLD])
    sealed = cipher.seal(plain, purpose="phone")
    with pytest.raises(Unreadable):
        cipher.open(sealed[: data.draw(st.integers(0, len(sealed) - 1))], purpose="phone")


def test_purposes_do_not_mix() -> None:
    cipher = Cipher([OLD])
    with pytest.raises(Unreadable):
        cipher.open(cipher.seal(b"13800001234", purpose="identity"), purpose="message")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Unreadable):
        Cipher([NEW]).open(Cipher([OLD]).seal(b"x", purpose="p"), purpose="p")


def test_after_a_key_change_old_values_open_and_new_ones_take_the_new_key() -> None:
    before, after = Cipher([OLD]), Cipher([NEW, OLD])
    old = before.seal(b"x", purpose="p")

    assert after.open(old, purpose="p") == b"x"
    assert not after.seals_with_first(old)
    new = after.seal(b"x", purpose="p")
    assert after.seals_with_first(new)
    with pytest.raises(Unreadable):
        before.open(new, purpose="p")
    assert Cipher([NEW]).open(new, purpose="p") == b"x"


def test_equal_values_do_not_look_equal() -> None:
    cipher = Cipher([OLD])
    assert cipher.seal(b"x", purpose="p") != cipher.seal(b"x", purpose="p")


def test_a_clients_key_opens_that_clients_words_only() -> None:
    vault = Vault([OLD], INDEX)
    zhao, zhang = vault.fresh_client_key(1), vault.fresh_client_key(2)
    sealed = vault.client_cipher([(1, zhao)]).seal(b"x", purpose="message")

    assert vault.client_cipher([(1, zhao)]).open(sealed, purpose="message") == b"x"
    with pytest.raises(Unreadable):
        vault.client_cipher([(2, zhang)]).open(sealed, purpose="message")
    with pytest.raises(Unreadable):
        vault.client_cipher([(1, zhang)])
    with pytest.raises(Unreadable):
        vault.service.open(sealed, purpose="message")


def test_lookups_survive_a_key_change_and_tell_kinds_apart() -> None:
    before, after = Vault([OLD], INDEX), Vault([NEW, OLD], INDEX)

    assert before.lookup("phone", "+8613800001234") == after.lookup("phone", "+8613800001234")
    assert before.lookup("phone", "1") != before.lookup("wechat", "1")
    assert before.lookup("phone", "1") != Vault([OLD], NEW).lookup("phone", "1")
    assert "13800001234" not in before.lookup("phone", "+8613800001234")


def test_a_fresh_key_fits_the_settings() -> None:
    assert len(base64.urlsafe_b64decode(fresh_key())) == KEY_BYTES
    assert fresh_key() != fresh_key()


def test_a_cipher_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Cipher([])
