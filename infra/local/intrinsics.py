"""Work out CloudFormation's intrinsic functions against a stack that exists.

Only for what moto's CloudFormation leaves out: whatever it creates, it resolves itself.
Source: AWS CloudFormation template reference, intrinsic functions and condition functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.errors import TemplateError

_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Resolver:
    """Replaces intrinsic functions by their values.

    Parameters
    ----------
    references : Mapping
        What ``Ref`` gives: parameters, pseudo parameters and physical ids, by name.
    attributes : Mapping
        What ``Fn::GetAtt`` gives, by ``"LogicalId.Attribute"``.
    conditions, mappings : Mapping, optional
        Those sections of the template.

    Examples
    --------
    >>> resolver = Resolver({"Prefix": "shop"}, {"Queue.Arn": "arn:aws:sqs:::q"})
    >>> resolver.resolve({"Name": {"Fn::Sub": "${Prefix}-uploads"}})
    {'Name': 'shop-uploads'}
    >>> resolver.resolve({"Fn::GetAtt": ["Queue", "Arn"]})
    'arn:aws:sqs:::q'
    """

    references: Mapping[str, str]
    attributes: Mapping[str, str]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """Return ``value`` with every intrinsic function replaced.

        Raises
        ------
        TemplateError
            A name is unknown, or a function is not one of those handled here.
        """
        result = self._resolve(value)
        if result is _NO_VALUE:
            raise TemplateError("AWS::NoValue cannot stand alone")
        return result

    def holds(self, condition: str) -> bool:
        """Whether the named condition of the template is true."""
        if condition not in self.conditions:
            raise TemplateError(f"the template has no condition {condition}")
        return bool(self._resolve(self.conditions[condition]))

    def without_conditions(self, value: Any) -> Any:
        """Return ``value`` with every ``Fn::If`` decided and every ``AWS::NoValue`` taken out.

        All else stays as it is. moto's CloudFormation stumbles over a list that holds a NoValue.

        Examples
        --------
        >>> resolver = Resolver({}, {}, {"Never": {"Fn::Equals": ["a", "b"]}})
        >>> resolver.without_conditions([{"Fn::If": ["Never", 1, {"Ref": "AWS::NoValue"}]}, 2])
        [2]
        """
        if isinstance(value, list):
            return [item for item in map(self.without_conditions, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if value == {"Ref": "AWS::NoValue"}:
            return _NO_VALUE
        if set(value) == {"Fn::If"}:
            return self.without_conditions(self._branch(value["Fn::If"]))
        items = {key: self.without_conditions(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not _NO_VALUE}

    def _branch(self, argument: list[Any]) -> Any:
        condition, if_true, if_false = argument
        return if_true if self.holds(condition) else if_false

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in ("Ref", "Condition") and isinstance(argument, str):
                return self._ref(argument) if name == "Ref" else self.holds(argument)
            if name.startswith("Fn::"):
                return self._function(name, argument)
        items = {key: self._resolve(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not _NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name not in self.references:
            raise TemplateError(f"Ref {name}: nothing of that name exists on this machine")
        return self.references[name]

    def _attribute(self, name: str) -> str:
        if name not in self.attributes:
            raise TemplateError(f"GetAtt {name}: nothing of that name exists on this machine")
        return self.attributes[name]

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Fn::GetAtt":
                return self._attribute(
                    argument if isinstance(argument, str) else ".".join(argument)
                )
            case "Fn::Sub":
                return self._sub(argument)
            case "Fn::If":
                return self._resolve(self._branch(argument))
            case "Fn::Join":
                separator, parts = argument
                return str(separator).join(str(part) for part in self._resolve(parts))
            case "Fn::Split":
                separator, text = argument
                return str(self._resolve(text)).split(separator)
            case "Fn::Select":
                index, choices = argument
                return self._resolve(choices)[int(self._resolve(index))]
            case "Fn::FindInMap":
                table, first, second = self._resolve(argument)
                return self.mappings[table][first][second]
            case "Fn::Equals":
                left, right = self._resolve(argument)
                return str(left) == str(right)
            case "Fn::Not":
                return not self._resolve(argument)[0]
            case "Fn::And":
                return all(self._resolve(argument))
            case "Fn::Or":
                return any(self._resolve(argument))
            case _:
                raise TemplateError(f"{name}: this intrinsic function is not handled here")

    def _sub(self, argument: Any) -> str:
        text, extra = argument if isinstance(argument, list) else (argument, {})
        own = {name: self._resolve(value) for name, value in extra.items()}

        def value(match: re.Match[str]) -> str:
            literal, name = match[1], match[2].strip()
            if literal:
                return "${" + match[2] + "}"
            if name in own:
                return str(own[name])
            return self._attribute(name) if "." in name else str(self._ref(name))

        return _VARIABLE.sub(value, text)
