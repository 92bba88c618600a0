"""Whether an event is what OCSF's schema says, from the compiled schema itself."""

import re


class Schema:
    """A class of events and all objects that it can reach."""

    def __init__(self, compiled):
        self.objects = compiled["objects"]
        self.types = compiled["dictionary"]["types"]["attributes"]
        self.event = compiled["classes"]["compliance_finding"]

    def problems(self, event):
        """All that the schema says against the event; empty when it says nothing."""
        profiles = set(event.get("metadata", {}).get("profiles", []))
        unknown = profiles - set(self.event["profiles"])
        found = [f"no such profile: {name}" for name in sorted(unknown)]
        return found + list(self._object(self.event, event, profiles, ""))

    def _object(self, spec, value, profiles, path):
        if not isinstance(value, dict):
            yield f"{path} is no object"
            return
        attributes = {
            name: attribute
            for name, attribute in spec["attributes"].items()
            if not attribute.get("profiles") or profiles & set(attribute["profiles"])
        }
        for name, attribute in attributes.items():
            if attribute["requirement"] == "required" and name not in value:
                yield f"{path}.{name} is lacking"
        for constraint, names in (spec.get("constraints") or {}).items():
            there = sum(name in value for name in names)
            if constraint == "at_least_one" and there == 0 or constraint == "just_one" and there != 1:
                yield f"{path} has {there} of {names}"
        for name, item in value.items():
            attribute = attributes.get(name)
            if attribute is None:
                yield f"{path}.{name} is unknown"
            elif "@deprecated" in attribute:
                yield f"{path}.{name} is deprecated"
            elif attribute.get("is_array"):
                if not isinstance(item, list):
                    yield f"{path}.{name} is no array"
                    continue
                for at, entry in enumerate(item):
                    yield from self._value(attribute, entry, profiles, f"{path}.{name}[{at}]")
            else:
                yield from self._value(attribute, item, profiles, f"{path}.{name}")
                yield from self._sibling(attribute, item, value, f"{path}.{name}")

    def _value(self, attribute, value, profiles, path):
        name = attribute.get("object_type", attribute["type"])
        if name not in self.types:
            # `object` is the one without attributes: anything may stand there.
            if name == "object":
                if not isinstance(value, dict):
                    yield f"{path} is no object"
            else:
                yield from self._object(self.objects[name], value, profiles, path)
            return
        spec = self.types[name]
        base = spec.get("type", name)
        kinds = {"string_t": str, "integer_t": int, "long_t": int, "float_t": (int, float), "boolean_t": bool}
        kind = kinds.get(base)
        if kind and (not isinstance(value, kind) or isinstance(value, bool) and kind is not bool):
            yield f"{path} is no {base}: {value!r}"
            return
        if "enum" in attribute and str(value) not in attribute["enum"]:
            yield f"{path} is none of {sorted(attribute['enum'])}: {value!r}"
        if base == "integer_t" and not -(2**31) <= value < 2**31 or base == "long_t" and not -(2**63) <= value < 2**63:
            yield f"{path} is out of range: {value}"
        if "regex" in spec and not re.search(spec["regex"], value):
            yield f"{path} is no {name}: {value!r}"
        if "max_len" in spec and len(value) > spec["max_len"]:
            yield f"{path} is too long"

    def _sibling(self, attribute, value, parent, path):
        """A number's caption beside it says the same; where it is 99, it is the source's own."""
        sibling = attribute.get("sibling")
        if sibling not in parent or value == 99 or "enum" not in attribute:
            return
        caption = attribute["enum"].get(str(value), {}).get("caption")
        if caption and parent[sibling] != caption:
            yield f"{path} is {caption}, but {sibling} is {parent[sibling]}"
