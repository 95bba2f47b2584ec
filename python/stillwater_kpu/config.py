"""The configuration of a simulator."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NoReturn

from ._fields import ChoiceField, CountField, Field, FieldValue, FiguresField, FlagField, RateField, WholeField
from ._html import folded, table
from ._instances import InstancesField, memory_instances, shortened
from .errors import KpuTypeError, unknown_name_message

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from ._instances import Given

__all__ = ["SimulatorConfig"]

PROTECTIONS = ("none", "parity", "secded")
"""How the bits of a memory can be protected."""


class SimulatorConfig:
    """What a simulated KPU consists of. Fields can be given by keyword or assigned later; each is checked at once.

    >>> config = SimulatorConfig(memory_bank_count=4)
    >>> config.scratchpad_capacity_kb = 256
    >>> config
    SimulatorConfig(memory_bank_count=4, scratchpad_capacity_kb=256)

    Configurations compare by value, can be copied and pickled, and their repr can be evaluated. The later spellings
    ``l1_buffer_*``, ``processor_array_rows``, ``processor_array_cols`` and ``use_systolic_array_mode`` are the same
    fields as ``scratchpad_*``, ``systolic_array_rows``, ``systolic_array_cols`` and ``use_systolic_arrays``.

    Instances need not be alike. A list such as ``memory_banks`` has a mapping for each instance that says what is
    special about it; what it leaves out is what the class's fields say. The list gives the count. Empty means that all
    are alike.

    >>> config.memory_banks = [{"capacity_mb": 512}, {"capacity_mb": 2048, "bandwidth_gbps": 50}, {}]
    >>> config.memory_bank_count
    3

    Errors: a negative or fractional count is a `ConfigTypeError` (a ValueError and a TypeError), a value out of range a
    `ConfigError` (a ValueError), an unknown field an AttributeError that names the nearest one. How fields fit together
    is checked when a simulator is made.
    """

    __slots__ = ("_head", "_values")
    _head: dict[str, Any]
    _values: dict[str, Any]

    host_memory_region_count = CountField("host_memory_regions", "Number of host memory regions.")
    host_memory_region_capacity_mb = WholeField("MB", "Capacity of each host memory region; 1 MB is 2^20 bytes.")
    host_memory_bandwidth_gbps = RateField("GB/s", "Bandwidth of each host memory region, reads and writes together.")
    host_memory_latency_cycles = WholeField("cycles", "Access latency of host memory.")
    host_memory_base = WholeField("byte address", "Address of the first host memory region; 0 places it automatically.")
    memory_bank_count = CountField("memory_banks", "Number of external memory banks.")
    memory_bank_capacity_mb = WholeField("MB", "Capacity of each external memory bank; 1 MB is 2^20 bytes.")
    memory_bandwidth_gbps = RateField("GB/s", "Bandwidth of each external memory bank, reads and writes together.")
    memory_latency_cycles = WholeField("cycles", "Access latency of external memory.")
    external_memory_base = WholeField("byte address", "Address of the first external bank; 0 places it automatically.")
    dram_part = ChoiceField(
        (
            "DDR3-1600",
            "DDR4-2400",
            "DDR4-3200",
            "DDR5-4800",
            "LPDDR4-2400",
            "LPDDR5-6400",
            "LPDDR6-10667",
            "GDDR6-14000",
            "GDDR6-x128",
            "GDDR7-28000",
            "HBM1-2000",
            "HBM2-2000",
            "HBM2-x128",
            "HBM3-6400",
            "HBM4-8000",
        ),
        "Kind of DRAM in the external memory banks at cycle fidelity.",
    )
    dram_figures = FiguresField(
        "",
        "Figures of the DRAM that count instead of those of its part, such as tRCD=24, tRP=24 (names: docs/dram.md).",
    )
    dram_channels = WholeField("channels", "DRAM channels of each external memory bank: a power of two.")
    dram_mapping = ChoiceField(
        ("robaracobgch", "rochrababgco", "rorabgbachco", "rorababgchco", "rochrabacobg", "chrorababgco"),
        "Order of row, bank, rank, column, bank group and channel in addresses of DRAM, the most significant first.",
    )
    dram_page_policy = ChoiceField(
        ("open", "closed"), "Whether rows of DRAM stay open after an access or are closed when nobody waits for them."
    )
    dram_refresh = ChoiceField(
        ("all_bank", "per_bank", "off"),
        "How DRAM is refreshed: all banks of a rank at once, bank after bank where the part can, or never.",
    )
    dram_queue_depth = WholeField(
        "requests", "Reads, and as many writes, that may wait at each DRAM channel: 1 to 1024."
    )
    dram_power_down_clocks = WholeField(
        "DRAM clocks", "Clocks after which an idle rank of DRAM is powered down; 0 for never."
    )
    l3_tile_count = CountField("l3_tiles", "Number of L3 tiles.")
    l3_tile_capacity_kb = WholeField("KB", "Capacity of each L3 tile; 1 KB is 2^10 bytes.")
    l3_tile_bandwidth_gbps = RateField("GB/s", "Bandwidth of each L3 tile, reads and writes together.")
    l3_tile_latency_cycles = WholeField("cycles", "Access latency of the L3 tiles.")
    l3_tile_base = WholeField("byte address", "Address of the first L3 tile; 0 places it automatically.")
    l2_bank_count = CountField("l2_banks", "Number of L2 banks.")
    l2_bank_capacity_kb = WholeField("KB", "Capacity of each L2 bank; 1 KB is 2^10 bytes.")
    l2_bank_bandwidth_gbps = RateField("GB/s", "Bandwidth of each L2 bank, reads and writes together.")
    l2_bank_latency_cycles = WholeField("cycles", "Access latency of the L2 banks.")
    l2_bank_base = WholeField("byte address", "Address of the first L2 bank; 0 places it automatically.")
    scratchpad_count = CountField("scratchpads", "Number of scratchpads (L1).")
    scratchpad_capacity_kb = WholeField("KB", "Capacity of each scratchpad; 1 KB is 2^10 bytes.")
    scratchpad_bandwidth_gbps = RateField("GB/s", "Bandwidth of each scratchpad, reads and writes together.")
    scratchpad_latency_cycles = WholeField("cycles", "Access latency of the scratchpads.")
    scratchpad_base = WholeField("byte address", "Address of the first scratchpad; 0 places it automatically.")
    compute_tile_count = CountField("compute_tiles", "Number of compute tiles.")
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
    operand_bits = WholeField(
        "bits",
        "Bits of each operand that a processing element takes in a cycle, and a streamer per array row or column: "
        "8, 16 or 32.",
    )
    vector_unit_width = WholeField("elements", "Elements that the vector unit of each tile handles in a cycle.")
    vector_pipeline_depth = WholeField("cycles", "Cycles from the last elements of a pass to their results.")
    vector_functions = ChoiceField(
        ("exact", "table"), "Activation functions to the nearest float32, or by interpolation in a table."
    )
    vector_table_size = WholeField("entries", "Entries of each function table of the vector units: a power of two.")
    vector_table_range = RateField("units of the input", "Function tables reach from minus this to this.")
    dma_engine_count = CountField("dma_engines", "Number of DMA engines.")
    dma_bandwidth_gbps = RateField("GB/s", "What one DMA engine can move.")
    block_mover_count = CountField("block_movers", "Number of block movers.")
    block_mover_bandwidth_gbps = RateField("GB/s", "What one block mover can move.")
    streamer_count = WholeField(
        "instances", "Number of streamers; one moves an array row or column of operands a cycle."
    )
    network_topology = ChoiceField(
        ("none", "mesh", "ring"), "On-chip network that transfers pass between memories and DMA engines."
    )
    network_columns = WholeField("nodes", "Nodes in a row of the on-chip network: 1 to 64.")
    network_rows = WholeField("nodes", "Rows of nodes of the on-chip network; a ring has as many nodes as that makes.")
    network_link_bytes_per_cycle = WholeField("bytes", "What each link of the network moves in a cycle, each way.")
    network_hop_latency_cycles = WholeField("cycles", "Latency that each link of the network adds to a path.")
    host_link = ChoiceField(
        ("none", "pcie"), "What lies between the host's memory and the machine: its latency, or a PCI Express link."
    )
    pcie_generation = WholeField("", "Generation of PCI Express: 1 to 6.")
    pcie_lanes = WholeField("lanes", "Lanes of PCI Express: 1, 2, 4, 8 or 16.")
    pcie_max_payload_bytes = WholeField("bytes", "Data in each packet of PCI Express: a power of two, 128 to 4096.")
    pcie_packets_in_flight = WholeField("packets", "Packets of PCI Express that may be on their way, each way.")
    pcie_latency_ns = RateField("ns", "Time that a packet of PCI Express takes one way; reads take it twice.")
    clock_ghz = RateField("GHz", "The clock of the whole machine.")
    fidelity = ChoiceField(
        ("functional", "transaction", "cycle"), "Detail of the timing; values are the same at each level."
    )
    timing_only = FlagField(
        "", "Times, traffic and counts without values: no bytes are moved and nothing is multiplied, which is faster."
    )
    hazard_policy = ChoiceField(("record", "raise", "off"), "What happens when conflicting work overlaps.")
    reach_policy = ChoiceField(
        ("any", "hierarchical"),
        "Which memories the engines reach: all, or DMA host, external and L3, block movers L3 and L2, streamers L2 and "
        "scratchpads.",
    )
    host_memory_ecc = ChoiceField(PROTECTIONS, "Check bits of host memory; see `memory_ecc`.")
    memory_ecc = ChoiceField(
        PROTECTIONS,
        "Check bits of external memory: none, parity (one a byte, detects) or SECDED (eight for 64 bits: corrects one "
        "flipped bit, detects two).",
    )
    l3_tile_ecc = ChoiceField(PROTECTIONS, "Check bits of the L3 tiles; see `memory_ecc`.")
    l2_bank_ecc = ChoiceField(PROTECTIONS, "Check bits of the L2 banks; see `memory_ecc`.")
    scratchpad_ecc = ChoiceField(PROTECTIONS, "Check bits of the scratchpads; see `memory_ecc`.")
    ecc_latency_cycles = WholeField("cycles", "What check bits add to the access latency of each memory with some.")
    host_memory_regions = memory_instances(
        "host_memory_region_count",
        "host_memory",
        "host_memory_region_capacity_mb",
        "The host memory regions one by one where they differ.",
    )
    memory_banks = memory_instances(
        "memory_bank_count",
        "memory",
        "memory_bank_capacity_mb",
        "The external memory banks one by one where they differ.",
    )
    l3_tiles = memory_instances(
        "l3_tile_count", "l3_tile", "l3_tile_capacity_kb", "The L3 tiles one by one where they differ."
    )
    l2_banks = memory_instances(
        "l2_bank_count", "l2_bank", "l2_bank_capacity_kb", "The L2 banks one by one where they differ."
    )
    scratchpads = memory_instances(
        "scratchpad_count", "scratchpad", "scratchpad_capacity_kb", "The scratchpads one by one where they differ."
    )
    compute_tiles = InstancesField(
        "compute_tile_count",
        {"rows": "systolic_array_rows", "cols": "systolic_array_cols"},
        "The compute tiles one by one where their arrays differ.",
    )
    dma_engines = InstancesField(
        "dma_engine_count", {"bandwidth_gbps": "dma_bandwidth_gbps"}, "The DMA engines one by one where they differ."
    )
    block_movers = InstancesField(
        "block_mover_count",
        {"bandwidth_gbps": "block_mover_bandwidth_gbps"},
        "The block movers one by one where they differ.",
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
        dram_part: str = "DDR4-3200",
        dram_figures: str | Mapping[str, float] = "",
        dram_channels: int = 1,
        dram_mapping: str = "robaracobgch",
        dram_page_policy: str = "open",
        dram_refresh: str = "all_bank",
        dram_queue_depth: int = 32,
        dram_power_down_clocks: int = 0,
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
        operand_bits: int = 32,
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
        network_topology: str = "none",
        network_columns: int = 4,
        network_rows: int = 4,
        network_link_bytes_per_cycle: int = 64,
        network_hop_latency_cycles: int = 1,
        host_link: str = "none",
        pcie_generation: int = 4,
        pcie_lanes: int = 16,
        pcie_max_payload_bytes: int = 256,
        pcie_packets_in_flight: int = 64,
        pcie_latency_ns: float = 200,
        clock_ghz: float = 1,
        fidelity: str = "transaction",
        timing_only: bool = False,
        hazard_policy: str = "record",
        reach_policy: str = "any",
        host_memory_ecc: str = "none",
        memory_ecc: str = "none",
        l3_tile_ecc: str = "none",
        l2_bank_ecc: str = "none",
        scratchpad_ecc: str = "none",
        ecc_latency_cycles: int = 1,
        host_memory_regions: Given = (),
        memory_banks: Given = (),
        l3_tiles: Given = (),
        l2_banks: Given = (),
        scratchpads: Given = (),
        compute_tiles: Given = (),
        dma_engines: Given = (),
        block_movers: Given = (),
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
        object.__setattr__(self, "_head", {})
        object.__setattr__(self, "_values", {})
        for name, value in given.items():
            if value is None and name in ALIASES:
                continue
            if name in ALIASES and given[ALIASES[name]] != DEFAULTS[ALIASES[name]]:
                raise KpuTypeError(f"{name} and {ALIASES[name]} are the same field; give one of them", "KPU_CONFIG")
            setattr(self, name, value)
        for count, field in COUNTS.items():
            if given[count] not in (DEFAULTS[count], self._values[count]):
                raise field.differs(given[count], self._values[count])

    def __setattr__(self, name: str, value: object) -> None:
        if name not in FIELD_NAMES and name not in ALIASES:
            raise AttributeError(unknown_name_message("SimulatorConfig has no field", name, (*FIELD_NAMES, *ALIASES)))
        object.__setattr__(self, name, value)

    if not TYPE_CHECKING:  # type checkers must go on to find unknown fields themselves

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(unknown_name_message("SimulatorConfig has no field", name, (*FIELD_NAMES, *ALIASES)))

    def to_dict(self) -> dict[str, FieldValue]:
        """All fields by name, in the order of the documentation, as plain values that JSON can hold."""
        return {name: _plain(self._values[name]) for name in FIELD_NAMES}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SimulatorConfig:
        """A configuration with the given fields; the others take their defaults. Both spellings are accepted."""
        return cls(**dict(fields))

    @classmethod
    def preset(cls, name: str) -> SimulatorConfig:
        """A machine of a usual size: ``"minimal"``, ``"edge_ai"``, ``"embodied_ai"``, ``"t64"`` or ``"datacenter"``.

        >>> SimulatorConfig.preset("edge_ai").compute_tile_count
        2

        What they consist of: docs/configuration-files.md. ConfigError for an unknown name, with the nearest.
        """
        from . import config_files  # needs this module

        return cls.from_dict(config_files.load_preset(name))

    @classmethod
    def for_matmul(cls, m: int, n: int, k: int, array_size: int = 16) -> SimulatorConfig:
        """A machine of one square array for the product of an (m, k) and a (k, n) float32 matrix.

        The host's region and each of two external banks hold the three matrices with half as much again. KpuValueError
        for sizes below 1 or above 2**23.
        """
        from . import _arguments, config_files

        sizes = [_arguments.dimension(*each) for each in ((m, "m"), (n, "n"), (k, "k"), (array_size, "array_size"))]
        return cls.from_dict(config_files.fields_for_matmul(*sizes))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> SimulatorConfig:
        """The configuration in a file that ends in ``.yaml``, ``.yml`` or ``.json``; see docs/configuration-files.md.

        Errors: OSError if it cannot be read, ConfigError with everything that is wrong with it, each with its line and
        column. `validate_config_file` gives these as data, and warnings.
        """
        from . import _text_files

        loaded = _text_files.read_file("checkConfigText", path)
        return cls._of_file(loaded["config"], loaded["head"])

    @classmethod
    def _of_file(cls, fields: Mapping[str, Any], head: Mapping[str, Any]) -> SimulatorConfig:
        config = cls.from_dict(fields)
        config._head.update(head)
        return config

    @property
    def file_head(self) -> dict[str, Any]:
        """What the file from which the configuration comes says beside the machine; empty without a file.

        Keys, each only where the file has it: ``name``, ``description`` and ``memory_controller``, a dictionary of the
        figures of memory controllers and page buffers, which machines do not have. `to_file` writes all of it again. It
        is no field: configurations that differ in it only are equal.
        """
        return deepcopy(self._head)

    def to_file(self, path: str | os.PathLike[str]) -> None:
        """Writes the configuration, every field of it, into a file that ends in ``.yaml``, ``.yml`` or ``.json``.

        What `file_head` has is written, too.

        A file that exists is replaced in one step. Errors: OSError if it cannot be written, ConfigError if the fields
        do not make a machine.
        """
        from . import _text_files, config_files

        text = config_files.dump_config_text(self, _text_files.format_of_path(path))
        _text_files.write_file(path, text)

    def copy(self) -> SimulatorConfig:
        """An independent configuration with the same values."""
        same = type(self)(**self._values)
        same._head.update(self.file_head)
        return same

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> SimulatorConfig:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._changed(), self._head)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SimulatorConfig):
            return NotImplemented
        return self._values == other._values or self._resolved() == other._resolved()

    def __repr__(self) -> str:
        changed = ", ".join(f"{name}={value!r}" for name, value in self._changed().items())
        return f"{type(self).__name__}({changed})"

    def _repr_html_(self) -> str:
        rows = [
            (
                name,
                shortened(value, name) if isinstance(value, tuple) else value,
                FIELDS[name].unit,
                "" if value == DEFAULTS[name] else f"default {DEFAULTS[name]}",
            )
            for name, value in ((name, self._values[name]) for name in FIELD_NAMES)
        ]
        return self.picture() + folded("all fields", table("SimulatorConfig", ("field", "value", "unit", ""), rows))

    def picture(self) -> str:
        """The levels of the machine from the host to the arrays, as an SVG picture (a string)."""
        from ._config_picture import config_picture

        return config_picture(self._resolved(), {name: field.keys for name, field in LISTS.items()})

    def _changed(self) -> dict[str, FieldValue]:
        # What a list says of the count need not be said twice.
        said = {field.count for field in LISTS.values() if self._values[field.name]}
        return {
            name: _plain(value) for name, value in self._values.items() if value != DEFAULTS[name] and name not in said
        }

    def _resolved(self) -> dict[str, Any]:
        """What the machine will be: entries complete, and a class of instances that are all alike without a list."""
        values = dict(self._values)
        for name, field in LISTS.items():
            entries = [field.of(self._values, number) for number in range(len(self._values[name]))]
            if entries and all(entry == entries[0] for entry in entries):
                values.update((field.keys[key], value) for key, value in entries[0].items())
                entries = []
            values[name] = entries
        return values


def _plain(value: Any) -> FieldValue:
    if isinstance(value, tuple):
        return [dict(entry) for entry in value]
    plain: FieldValue = value
    return plain


def _restored(
    config_class: type[SimulatorConfig], changed: dict[str, FieldValue], head: dict[str, Any]
) -> SimulatorConfig:
    return config_class._of_file(changed, head)


def _declared() -> Iterator[tuple[str, Field[Any]]]:
    return ((name, field) for name, field in vars(SimulatorConfig).items() if isinstance(field, Field))


FIELDS: dict[str, Field[Any]] = {name: field for name, field in _declared() if field.name == name}
"""The fields by name, in the order in which they are shown."""

FIELD_NAMES: tuple[str, ...] = tuple(FIELDS)

ALIASES: dict[str, str] = {name: field.name for name, field in _declared() if field.name != name}
"""The later spelling of some fields, and the field that each is."""

_keyword_defaults = SimulatorConfig.__init__.__kwdefaults__ or {}
DEFAULTS: dict[str, Any] = {name: _keyword_defaults[name] for name in FIELD_NAMES}

LISTS: dict[str, InstancesField] = {name: field for name, field in FIELDS.items() if isinstance(field, InstancesField)}
"""The fields that list instances one by one."""

COUNTS: dict[str, CountField] = {name: field for name, field in FIELDS.items() if isinstance(field, CountField)}
"""The fields that say how many instances there are where no list does."""
