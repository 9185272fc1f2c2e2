"""Documents made ready to run: parsed, limited and validated once for each text."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final, Generic, NoReturn, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)

from transport.cost import Costs, CostTable, number_of
from transport.errors import MESSAGE_LENGTH, DocumentInvalid, DocumentUnparsable, OperationUnknown, Problem
from transport.limits import Limits, Measured, refuse_over, too_expensive

MAX_PROBLEMS: Final = 10
OVERLAP_BUDGET: Final = 100_000  # graphql-core's unit, two a comparison of two fields; its own 500,000 take 1.3 s of CPU
_BYTES_PER_TOKEN: Final = 600  # what a parsed document holds: 180 to 570 were measured
_BYTES_PER_CHARACTER: Final = 8  # its text, and the values cut from it
_BYTES_PER_REFUSAL: Final = 2_000
_MEASURES_KEPT: Final = 32
_NOT_GIVEN: Final = -2
_NO_NUMBER: Final = -1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is kept: parsed documents, by number and estimated bytes, and refusals, by number."""

    documents: int = 1_000
    bytes: int = 64_000_000
    refusals: int = 1_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document, the operation in it that was asked for, and what that measures with the caller's variables."""

    document: DocumentNode
    operation: OperationDefinitionNode
    measured: Measured


class Documents:
    """Finds, or makes, what is needed to run a query's text. Belongs to one event loop, and never waits.

    Raises ValueError at once where `costs` does not fit `schema`.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, costs: Costs, size: Size | None = None) -> None:
        size = size or Size()
        self._schema: Final = schema
        self.limits: Final = limits
        self._table: Final = CostTable(schema, costs)
        self._kept: Final = _Recent[_Document](size.documents, size.bytes)
        self._refused: Final = _Recent[Callable[[], NoReturn]](size.refusals, size.refusals * _BYTES_PER_REFUSAL)

    def prepare(self, query: str, operation_name: str | None, variables: Mapping[str, Any]) -> Prepared:
        """The operation of `query` that `operation_name` names (the only one, without a name), ready to run.

        `variables` are the caller's, not yet coerced. Raises, in this order, DocumentUnparsable, OperationUnknown,
        TooExpensive, DocumentInvalid: nothing is validated that is over a limit.
        """
        key = sha256(query.encode("utf-8", "surrogatepass")).digest()
        document = self._kept.get(key)
        if document is None:
            if refuse := self._refused.get(key):
                refuse()
            document = _Document(self._parse(key, query))
            self._kept.put(key, document, _held_bytes(document.node, query))
        prepared = self._measured(document, operation_name, variables)
        if not document.valid:
            if problems := _problems(self._schema, document.node):
                self._kept.drop(key)
                self._refuse(key, partial(_raise_invalid, problems))
            document.valid = True
        return prepared

    def _parse(self, key: bytes, query: str) -> DocumentNode:
        limits = self.limits
        if len(query) > limits.characters:
            raise too_expensive(limits, "characters", len(query))
        try:
            return parse(query, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
        except GraphQLSyntaxError as error:
            for name in ("tokens", "comments"):  # the parser stops at the limit and says so only in words
                if f"more than {getattr(limits, name)} {name}. Parsing aborted." in error.message:
                    self._refuse(key, partial(_raise_expensive, limits, name, getattr(limits, name) + 1))
            self._refuse(key, partial(_raise_unparsable, _problem(error)))

    def _measured(self, document: "_Document", name: str | None, variables: Mapping[str, Any]) -> Prepared:
        operation = document.operation(name)
        measured = document.recall(operation, variables)
        if measured is None:
            for limit, figure in (("operations", len(document.operations)), ("fragments", document.fragment_count)):
                if figure > getattr(self.limits, limit):
                    raise too_expensive(self.limits, limit, figure)
            measured, used = self._table.measure(operation, document.fragments, variables)
            document.remember(operation, used, variables, measured)
        refuse_over(self.limits, measured)
        return Prepared(document.node, operation, measured)

    def _refuse(self, key: bytes, refuse: Callable[[], NoReturn]) -> NoReturn:
        """Refuses now and the next time; a new error each time, for a kept one would keep frames alive."""
        self._refused.put(key, refuse, _BYTES_PER_REFUSAL)
        refuse()


class _Document:
    """A parsed document, its definitions, what its operations were measured to be, and whether it is known as valid."""

    __slots__ = ("_measures", "_used", "fragment_count", "fragments", "node", "operations", "valid")

    def __init__(self, node: DocumentNode) -> None:
        self.node: Final = node
        self.valid = False
        self.operations: Final = [part for part in node.definitions if isinstance(part, OperationDefinitionNode)]
        fragments = [part for part in node.definitions if isinstance(part, FragmentDefinitionNode)]
        self.fragment_count: Final = len(fragments)  # before validation a name may stand there twice
        self.fragments: Final = {fragment.name.value: fragment for fragment in fragments}
        self._used: Final[dict[int, tuple[str, ...]]] = {}
        self._measures: Final[dict[tuple[int, ...], Measured]] = {}

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """GraphQL, 6.1, GetOperation. Raises OperationUnknown."""
        if name is None:
            if len(self.operations) == 1:
                return self.operations[0]
        else:
            for operation in self.operations:
                if operation.name is not None and operation.name.value == name:
                    return operation
        raise OperationUnknown(name, len(self.operations))

    def recall(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Measured | None:
        """What `operation` measured with variables that ask for the same numbers, where that is known."""
        used = self._used.get(id(operation))
        return None if used is None else self._measures.get(_numbers(operation, used, variables))

    def remember(
        self,
        operation: OperationDefinitionNode,
        used: Iterable[str],
        variables: Mapping[str, Any],
        measured: Measured,
    ) -> None:
        """Keeps a few measures: clients turn pages with few different numbers."""
        if len(self._measures) >= _MEASURES_KEPT:
            self._measures.clear()
        self._used[id(operation)] = names = tuple(used)
        self._measures[_numbers(operation, names, variables)] = measured


def _numbers(operation: OperationDefinitionNode, used: tuple[str, ...], variables: Mapping[str, Any]) -> tuple[int, ...]:
    return id(operation), *(number_of(variables[name], _NO_NUMBER) if name in variables else _NOT_GIVEN for name in used)


class _BoundedOverlap(OverlappingFieldsCanBeMergedRule):
    """Field Selection Merging (GraphQL, 5.3.2) within a smaller budget than graphql-core's own."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = OVERLAP_BUDGET


_RULES: Final = tuple(_BoundedOverlap if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules)


def _problems(schema: GraphQLSchema, document: DocumentNode) -> tuple[Problem, ...]:
    return tuple(_problem(error) for error in validate(schema, document, _RULES, MAX_PROBLEMS))


def _problem(error: GraphQLError) -> Problem:
    message = error.message
    if message == "Validation aborted.":
        message = "The document repeats its fields or nests its fragments too often to be validated; ask for less."
    elif len(message) > MESSAGE_LENGTH:
        message = message[:MESSAGE_LENGTH] + "…"
    return Problem(message, tuple((place.line, place.column) for place in error.locations or ()))


def _held_bytes(document: DocumentNode, query: str) -> int:
    tokens, token = 0, document.loc.start_token if document.loc else None
    while token is not None:
        tokens, token = tokens + 1, token.next
    return _BYTES_PER_TOKEN * tokens + _BYTES_PER_CHARACTER * len(query)


def _raise_unparsable(problem: Problem) -> NoReturn:
    raise DocumentUnparsable(problem) from None


def _raise_invalid(problems: tuple[Problem, ...]) -> NoReturn:
    raise DocumentInvalid(problems)


def _raise_expensive(limits: Limits, name: str, figure: int) -> NoReturn:
    raise too_expensive(limits, name, figure) from None


class _Recent(Generic[T]):
    """The values used last, within a number and a weight."""

    def __init__(self, entries: int, weight: int) -> None:
        self._room: Final = entries
        self._strength: Final = weight
        self._weight = 0
        self._kept: Final[OrderedDict[bytes, tuple[T, int]]] = OrderedDict()

    def get(self, key: bytes) -> T | None:
        if (found := self._kept.get(key)) is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def drop(self, key: bytes) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._weight -= old[1]

    def put(self, key: bytes, value: T, weight: int) -> None:
        if weight > self._strength:
            return
        self.drop(key)
        self._kept[key] = value, weight
        self._weight += weight
        while len(self._kept) > self._room or self._weight > self._strength:
            _, (_, lighter) = self._kept.popitem(last=False)
            self._weight -= lighter
