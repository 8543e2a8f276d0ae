"""Callback XML as WeCom writes it, and the replies it reads."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring


class NotXml(Exception):
    """A text is not one well-formed XML element."""


def element(fields: Mapping[str, Any]) -> str:
    """`<xml>` with the fields in order; texts as CDATA, numbers bare, mappings nested."""
    return f"<xml>{_inner(fields)}</xml>"


def _inner(fields: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in fields.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _inner(value)
    if isinstance(value, int):
        return str(value)
    return "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def texts(source: str) -> dict[str, str]:
    """The texts of the root's children by their names; raises NotXml."""
    try:
        root: Element = fromstring(source)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotXml from error
    return {child.tag: child.text or "" for child in root}
