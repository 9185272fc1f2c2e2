"""What an operation costs: one memoised walk over its document, before anything is executed.

The walk keeps its own stack, so that no nesting exhausts the interpreter's, and closes each fragment once: what a
fragment adds is a value that every spread of it adds again. Every figure is linear in the number of parent rows, which
is what makes that possible: below `first: 50`, fifty times the rows, but one call where a loader makes one per level.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from transport.limits import Measured

CEILING: Final = 10**12
ROWS_PER_CALL: Final = 10  # one upstream call weighs as much as so many rows
PAGE: Final = 20  # rows of a connection where neither the query, the schema nor the table says
UNKNOWN_LIST: Final = 5  # objects assumed in a list that is not in the table


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What one field asks of the sources.

    rows_argument: the argument that says how many rows come: a number, or a list by its length.
    default_rows: rows where neither the query nor the schema's default says; 1 for a single object.
    calls: upstream calls made once for all parent rows together, as a loader makes them.
    per_row_calls: upstream calls made again for every parent row.
    """

    rows_argument: str | None = None
    default_rows: int = 1
    calls: int = 0
    per_row_calls: int = 0


Costs = Mapping[tuple[str, str], FieldCost]
"""By (type name, field name). An interface's entry holds for the types that implement it, but not the other way."""


class CostTable:
    """The costs of a schema's fields, worked out once.

    Connections need no entry: a type with `pageInfo` counts `first` rows, which its `edges` and `nodes` share.
    Raises ValueError where `costs` names a field or an argument that the schema does not have.
    """

    def __init__(self, schema: GraphQLSchema, costs: Costs) -> None:
        roots = {kind: schema.get_root_type(kind) for kind in OperationType}
        self._roots: Final = {kind: root.name for kind, root in roots.items() if root is not None}
        self._plans: Final = _plans(schema, costs)

    def measure(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> tuple[Measured, frozenset[str]]:
        """The figures of `operation`, and the names of the variables that they hang on.

        The document need not be valid: an unknown field is one value, a cycle or an unknown fragment adds nothing.
        `variables` are the caller's, not yet coerced; one that is no number and no list counts as not given.
        `@skip` and `@include` are not looked at: what might be asked counts as asked.
        """
        numbers = _Numbers(operation, variables)
        top = self._walk(operation, fragments, numbers)
        top.directives += len(operation.directives or ())
        top.directives += sum(len(variable.directives or ()) for variable in operation.variable_definitions or ())
        calls = top.calls + top.once_each.calls
        measured = Measured(
            depth=top.depth,
            aliases=min(top.aliases, CEILING),
            root_fields=min(top.fields, CEILING),
            directives=min(top.directives, CEILING),
            selections=min(top.selections, CEILING),
            values=min(top.once_each.values, CEILING),
            rows=min(top.once_each.rows, CEILING),
            calls=min(calls, CEILING),
            cost=min(top.once_each.rows + ROWS_PER_CALL * calls, CEILING),
            introspection_depth=top.introspection_depth,
            introspection_values=min(top.introspection_values, CEILING),
        )
        return measured, frozenset(numbers.used)

    def _walk(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        numbers: "_Numbers",
    ) -> "_Sum":
        closed: dict[str, _Sum] = {}
        entered: set[str] = set()
        top = _Sum()
        stack = [_Level(iter(operation.selection_set.selections), self._roots.get(operation.operation), top)]
        while stack:
            level = stack[-1]
            for selection in level.selections:
                level.sum.selections += 1
                level.sum.directives += len(selection.directives or ())
                opened = None
                if isinstance(selection, FieldNode):
                    opened = self._field(selection, level, numbers)
                elif isinstance(selection, InlineFragmentNode):
                    condition = selection.type_condition
                    parent = condition.name.value if condition else level.parent
                    opened = _Level(iter(selection.selection_set.selections), parent, level.sum)
                elif isinstance(selection, FragmentSpreadNode):
                    opened = _spread(selection, level, fragments, closed, entered)
                if opened is not None:
                    stack.append(opened)
                    break
            else:
                stack.pop()
                level.close(closed)
        return top

    def _field(self, node: FieldNode, level: "_Level", numbers: "_Numbers") -> "_Level | None":
        name = node.name.value
        level.sum.fields += 1
        level.sum.aliases += node.alias is not None
        plan = self._plans.get(level.parent or "", _NO_FIELDS).get(name, _UNKNOWN)
        rows = numbers.rows(node, plan)
        if node.selection_set is None:
            level.sum.add_field(plan, rows, None)
            return None
        return _Level(iter(node.selection_set.selections), plan.below, _Sum(), into=level.sum, plan=plan, rows=rows)


def number_of(value: Any, absent: int) -> int:
    """The rows that a variable's raw value asks for: a number, or the length of a list; otherwise `absent`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, 0), CEILING)
    if isinstance(value, float) and value.is_integer():  # 20.0 is an Int (GraphQL, 3.5.1, input coercion)
        return int(min(max(value, 0), CEILING))
    if isinstance(value, list):
        return len(value)
    return absent


@dataclass(frozen=True, slots=True)
class _Plan:
    """A field as the walk needs it; `sized` is a connection's `edges` or `nodes`, whose number the connection knows."""

    below: str | None = None
    rows: int = 1
    rows_argument: str | None = None
    counted: bool = False
    connection: bool = False
    sized: bool = False
    introspection: bool = False
    calls: int = 0
    per_row_calls: int = 0


_UNKNOWN: Final = _Plan()
_NO_FIELDS: Final[dict[str, _Plan]] = {}


@dataclass(slots=True)
class _Each:
    """What is needed again for every row above."""

    values: int = 0
    rows: int = 0
    calls: int = 0

    def add(self, other: "_Each", times: int = 1) -> None:
        # saturating here keeps the numbers short however deeply the multiplications nest
        self.values = min(self.values + times * other.values, CEILING)
        self.rows = min(self.rows + times * other.rows, CEILING)
        self.calls = min(self.calls + times * other.calls, CEILING)


@dataclass(slots=True)
class _Sum:
    """What a selection set adds: `once_each` for one row above it, `sized_each` for one row of its connection."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    selections: int = 0
    introspection_depth: int = 0
    introspection_values: int = 0
    calls: int = 0
    once_each: _Each = field(default_factory=_Each)
    sized_each: _Each = field(default_factory=_Each)

    def add_fragment(self, other: "_Sum") -> None:
        self._add_counts(other)
        self.fields += other.fields
        self.depth = max(self.depth, other.depth)
        self.once_each.add(other.once_each)
        self.sized_each.add(other.sized_each)

    def add_field(self, plan: _Plan, rows: int, inner: "_Sum | None") -> None:
        if plan.introspection:
            self._add_introspection(inner or _Sum())
            return
        self.calls += plan.calls
        self.once_each.add(_Each(1, rows if plan.counted else 0, plan.per_row_calls))
        self.depth = max(self.depth, inner.depth + 1 if inner else 1)
        if inner is not None:
            self._add_counts(inner)
            each = self.sized_each if plan.sized else self.once_each
            each.add(inner.once_each, 1 if plan.connection else rows)
            each.add(inner.sized_each, rows)

    def _add_introspection(self, inner: "_Sum") -> None:
        self._add_counts(inner)
        self.introspection_depth = max(self.introspection_depth, inner.depth + 1)
        self.introspection_values += inner.once_each.values + 1

    def _add_counts(self, other: "_Sum") -> None:
        self.aliases += other.aliases
        self.directives += other.directives
        self.selections += other.selections
        self.calls += other.calls
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.introspection_values += other.introspection_values


@dataclass(slots=True)
class _Level:
    """A selection set being walked; once done it becomes a field of `into`, a fragment in `into`, or nothing more."""

    selections: Iterator[SelectionNode]
    parent: str | None
    sum: _Sum
    into: _Sum | None = None
    plan: _Plan | None = None
    rows: int = 1
    fragment: str | None = None

    def close(self, closed: dict[str, _Sum]) -> None:
        if self.into is None:
            return
        if self.plan is not None:
            self.into.add_field(self.plan, self.rows, self.sum)
        elif self.fragment is not None:
            closed[self.fragment] = self.sum
            self.into.add_fragment(self.sum)


def _spread(
    node: FragmentSpreadNode,
    level: _Level,
    fragments: Mapping[str, FragmentDefinitionNode],
    closed: Mapping[str, _Sum],
    entered: set[str],
) -> _Level | None:
    name = node.name.value
    if name in closed:
        level.sum.add_fragment(closed[name])
        return None
    definition = fragments.get(name)
    if definition is None or name in entered:  # unknown, or a cycle: validation refuses both
        return None
    entered.add(name)
    own = _Sum(directives=len(definition.directives or ()))
    parent = definition.type_condition.name.value
    return _Level(iter(definition.selection_set.selections), parent, own, into=level.sum, fragment=name)


class _Numbers:
    """How many rows a field asks for; remembers which variables said so."""

    def __init__(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
        self.used: set[str] = set()
        self._operation: Final = operation
        self._variables: Final = variables

    def rows(self, node: FieldNode, plan: _Plan) -> int:
        if plan.rows_argument is None:
            return plan.rows
        for argument in node.arguments or ():
            if argument.name.value == plan.rows_argument:
                return self._of(argument.value, plan.rows)
        return plan.rows

    def _of(self, value: ValueNode, absent: int) -> int:
        if not isinstance(value, VariableNode):
            return _literal(value, absent)
        name = value.name.value
        self.used.add(name)
        if name in self._variables:
            return number_of(self._variables[name], absent)
        for definition in self._operation.variable_definitions or ():
            if definition.variable.name.value == name and definition.default_value is not None:
                return _literal(definition.default_value, absent)
        return absent


def _literal(value: ValueNode, absent: int) -> int:
    if isinstance(value, IntValueNode):
        return number_of(int(value.value), absent) if len(value.value) < 12 else CEILING
    if isinstance(value, ListValueNode):
        return len(value.values)
    return absent


def _plans(schema: GraphQLSchema, costs: Costs) -> dict[str, dict[str, _Plan]]:
    types = [type_ for type_ in schema.type_map.values() if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType))]
    _refuse_unknown(schema, costs)
    sizes = _introspection_sizes(schema)
    plans: dict[str, dict[str, _Plan]] = {}
    for type_ in types:
        owners = [type_.name, *(interface.name for interface in type_.interfaces)]
        plans[type_.name] = {
            name: _plan(
                type_,
                name,
                next((costs[owner, name] for owner in owners if (owner, name) in costs), None),
                sizes.get((type_.name, name), UNKNOWN_LIST),
            )
            for name in type_.fields
        }
    if schema.query_type is not None:
        for name, below in (("__schema", "__Schema"), ("__type", "__Type")):
            plans[schema.query_type.name][name] = _Plan(below, introspection=True)
    return plans


def _plan(type_: GraphQLObjectType | GraphQLInterfaceType, name: str, cost: FieldCost | None, many: int) -> _Plan:
    definition = type_.fields[name]
    named = get_named_type(definition.type)
    listed = is_list_type(get_nullable_type(definition.type)) and is_composite_type(named)
    connection = _is_connection(named)
    sized = listed and _is_connection(type_) and name in ("edges", "nodes")
    if cost is None:
        paged = "first" if (listed or connection) and "first" in definition.args else None
        rows = PAGE if connection else 1 if sized or not listed else many
        cost, counted = FieldCost(paged, rows), connection or paged is not None
    else:
        counted = True
    return _Plan(
        below=named.name if is_composite_type(named) else None,
        rows=_schema_default(definition, cost),
        rows_argument=cost.rows_argument,
        counted=counted,
        connection=connection,
        sized=sized,
        calls=cost.calls,
        per_row_calls=cost.per_row_calls,
    )


def _is_connection(named: object) -> bool:
    return isinstance(named, GraphQLObjectType) and "pageInfo" in named.fields


def _schema_default(definition: GraphQLField, cost: FieldCost) -> int:
    argument: GraphQLArgument | None = definition.args.get(cost.rows_argument or "")
    if argument is None:
        return cost.default_rows
    default = argument.default
    if default is not None and default.literal is not None:
        return number_of(value_from_ast_untyped(default.literal), cost.default_rows)
    return number_of(argument.default_value if default is None else default.value, cost.default_rows)


def _refuse_unknown(schema: GraphQLSchema, costs: Costs) -> None:
    for (type_name, name), cost in costs.items():
        type_ = schema.type_map.get(type_name)
        if not isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)) or name not in type_.fields:
            raise ValueError(f"the cost table names {type_name}.{name}, which the schema does not have")
        if cost.rows_argument is not None and cost.rows_argument not in type_.fields[name].args:
            raise ValueError(f"{type_name}.{name} has no argument {cost.rows_argument} that could say its rows")


def _introspection_sizes(schema: GraphQLSchema) -> dict[tuple[str, str], int]:
    """How long the lists of introspection are in this schema: an average, rounded up."""
    outputs = [type_ for type_ in schema.type_map.values() if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType))]
    inputs = [type_ for type_ in schema.type_map.values() if isinstance(type_, GraphQLInputObjectType)]
    enums = [type_ for type_ in schema.type_map.values() if isinstance(type_, GraphQLEnumType)]
    return {
        ("__Schema", "types"): len(schema.type_map),
        ("__Schema", "directives"): len(schema.directives),
        ("__Type", "fields"): _mean(len(type_.fields) for type_ in outputs),
        ("__Type", "inputFields"): _mean(len(type_.fields) for type_ in inputs),
        ("__Type", "enumValues"): _mean(len(type_.values) for type_ in enums),
        ("__Type", "possibleTypes"): _mean(
            len(schema.get_possible_types(type_)) for type_ in outputs if isinstance(type_, GraphQLInterfaceType)
        ),
        ("__Type", "interfaces"): 1,
        ("__Field", "args"): 1,
    }


def _mean(lengths: Iterable[int]) -> int:
    numbers = list(lengths)
    return -(-sum(numbers) // len(numbers)) if numbers else 1
