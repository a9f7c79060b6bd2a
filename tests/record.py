"""Records what tests saw of the API, for `cargo xtask coverage`: operations that were accepted, and members of answers that
were filled."""


class Record:
    """What was seen so far."""

    def __init__(self):
        self.lines = set()

    def after_call(self, http_response, parsed, model, **_):
        """botocore calls this with every answer."""
        if http_response.status_code >= 300:
            return
        self.lines.add(f"operation {model.name}")
        if model.output_shape is not None:
            self._structure(model.output_shape, parsed)

    def _structure(self, shape, value):
        for name, member in shape.members.items():
            # False and 0 say something; an empty text or list does not.
            if value.get(name) in (None, "", [], {}):
                continue
            self.lines.add(f"filled {shape.name} {member.serialization.get('name', name)}")
            self._any(member, value[name])

    def _any(self, shape, value):
        if shape.type_name == "structure":
            self._structure(shape, value)
        elif shape.type_name == "list":
            for item in value:
                self._any(shape.member, item)

    def write(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in sorted(self.lines)))
