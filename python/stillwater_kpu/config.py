"""The configuration of a simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from ._fields import ChoiceField, Field, FieldValue, FlagField, RateField, WholeField
from ._html import table
from .errors import KpuTypeError, unknown_name_message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["SimulatorConfig"]


class SimulatorConfig:
    """What a simulated KPU consists of. Fields can be given by keyword or assigned later; each is checked at once.

    >>> config = SimulatorConfig(memory_bank_count=4)
    >>> config.scratchpad_capacity_kb = 256
    >>> config
    SimulatorConfig(memory_bank_count=4, scratchpad_capacity_kb=256)

    Configurations compare by value, can be copied and pickled, and their repr can be evaluated. The later spellings
    ``l1_buffer_*``, ``processor_array_rows``, ``processor_array_cols`` and ``use_systolic_array_mode`` are the same
    fields as ``scratchpad_*``, ``systolic_array_rows``, ``systolic_array_cols`` and ``use_systolic_arrays``.

    Errors: a negative or fractional count is a `ConfigTypeError` (a ValueError and a TypeError), a value out of range a
    `ConfigError` (a ValueError), an unknown field an AttributeError that names the nearest one. How fields fit together
    is checked when a simulator is made.
    """

    __slots__ = ("_values",)
    _values: dict[str, Any]

    host_memory_region_count = WholeField("instances", "Number of host memory regions.")
    host_memory_region_capacity_mb = WholeField("MB", "Capacity of each host memory region; 1 MB is 2^20 bytes.")
    host_memory_bandwidth_gbps = RateField("GB/s", "Bandwidth of each host memory region, reads and writes together.")
    host_memory_latency_cycles = WholeField("cycles", "Access latency of host memory.")
    host_memory_base = WholeField("byte address", "Address of the first host memory region; 0 places it automatically.")
    memory_bank_count = WholeField("instances", "Number of external memory banks.")
    memory_bank_capacity_mb = WholeField("MB", "Capacity of each external memory bank; 1 MB is 2^20 bytes.")
    memory_bandwidth_gbps = RateField("GB/s", "Bandwidth of each external memory bank, reads and writes together.")
    memory_latency_cycles = WholeField("cycles", "Access latency of external memory.")
    external_memory_base = WholeField("byte address", "Address of the first external bank; 0 places it automatically.")
    l3_tile_count = WholeField("instances", "Number of L3 tiles.")
    l3_tile_capacity_kb = WholeField("KB", "Capacity of each L3 tile; 1 KB is 2^10 bytes.")
    l3_tile_bandwidth_gbps = RateField("GB/s", "Bandwidth of each L3 tile, reads and writes together.")
    l3_tile_latency_cycles = WholeField("cycles", "Access latency of the L3 tiles.")
    l3_tile_base = WholeField("byte address", "Address of the first L3 tile; 0 places it automatically.")
    l2_bank_count = WholeField("instances", "Number of L2 banks.")
    l2_bank_capacity_kb = WholeField("KB", "Capacity of each L2 bank; 1 KB is 2^10 bytes.")
    l2_bank_bandwidth_gbps = RateField("GB/s", "Bandwidth of each L2 bank, reads and writes together.")
    l2_bank_latency_cycles = WholeField("cycles", "Access latency of the L2 banks.")
    l2_bank_base = WholeField("byte address", "Address of the first L2 bank; 0 places it automatically.")
    scratchpad_count = WholeField("instances", "Number of scratchpads (L1).")
    scratchpad_capacity_kb = WholeField("KB", "Capacity of each scratchpad; 1 KB is 2^10 bytes.")
    scratchpad_bandwidth_gbps = RateField("GB/s", "Bandwidth of each scratchpad, reads and writes together.")
    scratchpad_latency_cycles = WholeField("cycles", "Access latency of the scratchpads.")
    scratchpad_base = WholeField("byte address", "Address of the first scratchpad; 0 places it automatically.")
    compute_tile_count = WholeField("instances", "Number of compute tiles.")
    systolic_array_rows = WholeField("processing elements", "Rows of each systolic array.")
    systolic_array_cols = WholeField("processing elements", "Columns of each systolic array.")
    use_systolic_arrays = FlagField("", "Systolic arrays in the tiles; without, a tile does one multiply-add a cycle.")
    dataflow = ChoiceField(
        ("output_stationary", "weight_stationary", "input_stationary"), "Operand that stays in the arrays."
    )
    array_model = ChoiceField(
        ("closed_form", "stepped"),
        "How values of products come about: at once, or by stepping every element of the array; results are equal.",
    )
    vector_unit_width = WholeField("elements", "Elements that the vector unit of each tile handles in a cycle.")
    vector_pipeline_depth = WholeField("cycles", "Cycles from the last elements of a pass to their results.")
    vector_functions = ChoiceField(
        ("exact", "table"), "Activation functions to the nearest float32, or by interpolation in a table."
    )
    vector_table_size = WholeField("entries", "Entries of each function table of the vector units: a power of two.")
    vector_table_range = RateField("units of the input", "Function tables reach from minus this to this.")
    dma_engine_count = WholeField("instances", "Number of DMA engines.")
    dma_bandwidth_gbps = RateField("GB/s", "What one DMA engine can move.")
    block_mover_count = WholeField("instances", "Number of block movers.")
    block_mover_bandwidth_gbps = RateField("GB/s", "What one block mover can move.")
    streamer_count = WholeField(
        "instances", "Number of streamers; one moves an array row or column of elements a cycle."
    )
    clock_ghz = RateField("GHz", "The clock of the whole machine.")
    fidelity = ChoiceField(("functional", "transaction"), "Detail of the timing; values are the same at each level.")
    timing_only = FlagField(
        "", "Times, traffic and counts without values: no bytes are moved and nothing is multiplied, which is faster."
    )
    hazard_policy = ChoiceField(("record", "raise", "off"), "What happens when conflicting work overlaps.")
    reach_policy = ChoiceField(
        ("any", "hierarchical"),
        "Which memories the engines reach: all, or DMA host, external and L3, block movers L3 and L2, streamers L2 and "
        "scratchpads.",
    )

    l1_buffer_count = scratchpad_count
    l1_buffer_capacity_kb = scratchpad_capacity_kb
    l1_buffer_base = scratchpad_base
    processor_array_rows = systolic_array_rows
    processor_array_cols = systolic_array_cols
    use_systolic_array_mode = use_systolic_arrays

    def __init__(
        self,
        *,
        host_memory_region_count: int = 1,
        host_memory_region_capacity_mb: int = 4096,
        host_memory_bandwidth_gbps: float = 50,
        host_memory_latency_cycles: int = 500,
        host_memory_base: int = 0,
        memory_bank_count: int = 2,
        memory_bank_capacity_mb: int = 1024,
        memory_bandwidth_gbps: float = 100,
        memory_latency_cycles: int = 100,
        external_memory_base: int = 0,
        l3_tile_count: int = 4,
        l3_tile_capacity_kb: int = 128,
        l3_tile_bandwidth_gbps: float = 400,
        l3_tile_latency_cycles: int = 20,
        l3_tile_base: int = 0,
        l2_bank_count: int = 8,
        l2_bank_capacity_kb: int = 64,
        l2_bank_bandwidth_gbps: float = 800,
        l2_bank_latency_cycles: int = 10,
        l2_bank_base: int = 0,
        scratchpad_count: int = 2,
        scratchpad_capacity_kb: int = 64,
        scratchpad_bandwidth_gbps: float = 1600,
        scratchpad_latency_cycles: int = 5,
        scratchpad_base: int = 0,
        compute_tile_count: int = 2,
        systolic_array_rows: int = 16,
        systolic_array_cols: int = 16,
        use_systolic_arrays: bool = True,
        dataflow: str = "output_stationary",
        array_model: str = "closed_form",
        vector_unit_width: int = 8,
        vector_pipeline_depth: int = 3,
        vector_functions: str = "exact",
        vector_table_size: int = 256,
        vector_table_range: float = 8,
        dma_engine_count: int = 2,
        dma_bandwidth_gbps: float = 100,
        block_mover_count: int = 4,
        block_mover_bandwidth_gbps: float = 64,
        streamer_count: int = 8,
        clock_ghz: float = 1,
        fidelity: str = "transaction",
        timing_only: bool = False,
        hazard_policy: str = "record",
        reach_policy: str = "any",
        l1_buffer_count: int | None = None,
        l1_buffer_capacity_kb: int | None = None,
        l1_buffer_base: int | None = None,
        processor_array_rows: int | None = None,
        processor_array_cols: int | None = None,
        use_systolic_array_mode: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        given = {name: value for name, value in locals().items() if name not in ("self", "unknown")}
        for name in unknown:
            raise KpuTypeError(
                unknown_name_message("unknown configuration field", name, (*FIELD_NAMES, *ALIASES)), "KPU_CONFIG"
            )
        object.__setattr__(self, "_values", {})
        for name, value in given.items():
            if value is None and name in ALIASES:
                continue
            if name in ALIASES and given[ALIASES[name]] != DEFAULTS[ALIASES[name]]:
                raise KpuTypeError(f"{name} and {ALIASES[name]} are the same field; give one of them", "KPU_CONFIG")
            setattr(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in FIELD_NAMES and name not in ALIASES:
            raise AttributeError(unknown_name_message("SimulatorConfig has no field", name, (*FIELD_NAMES, *ALIASES)))
        object.__setattr__(self, name, value)

    if not TYPE_CHECKING:  # type checkers must go on to find unknown fields themselves

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(unknown_name_message("SimulatorConfig has no field", name, (*FIELD_NAMES, *ALIASES)))

    def to_dict(self) -> dict[str, FieldValue]:
        """All fields by name, in the order of the documentation."""
        return dict(self._values)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SimulatorConfig:
        """A configuration with the given fields; the others take their defaults. Both spellings are accepted."""
        return cls(**dict(fields))

    def copy(self) -> SimulatorConfig:
        """An independent configuration with the same values."""
        return type(self)(**self._values)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> SimulatorConfig:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._changed())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SimulatorConfig):
            return NotImplemented
        return self._values == other._values

    def __repr__(self) -> str:
        changed = ", ".join(f"{name}={value!r}" for name, value in self._changed().items())
        return f"{type(self).__name__}({changed})"

    def _repr_html_(self) -> str:
        rows = [
            (name, value, FIELDS[name].unit, "" if value == DEFAULTS[name] else f"default {DEFAULTS[name]}")
            for name, value in self._values.items()
        ]
        return table("SimulatorConfig", ("field", "value", "unit", ""), rows)

    def _changed(self) -> dict[str, FieldValue]:
        return {name: value for name, value in self._values.items() if value != DEFAULTS[name]}


def _restored(config_class: type[SimulatorConfig], changed: dict[str, FieldValue]) -> SimulatorConfig:
    return config_class.from_dict(changed)


def _declared() -> Iterator[tuple[str, Field[Any]]]:
    return ((name, field) for name, field in vars(SimulatorConfig).items() if isinstance(field, Field))


FIELDS: dict[str, Field[Any]] = {name: field for name, field in _declared() if field.name == name}
"""The fields by name, in the order in which they are shown."""

FIELD_NAMES: tuple[str, ...] = tuple(FIELDS)

ALIASES: dict[str, str] = {name: field.name for name, field in _declared() if field.name != name}
"""The later spelling of some fields, and the field that each is."""

_keyword_defaults = SimulatorConfig.__init__.__kwdefaults__ or {}
DEFAULTS: dict[str, FieldValue] = {name: _keyword_defaults[name] for name in FIELD_NAMES}
