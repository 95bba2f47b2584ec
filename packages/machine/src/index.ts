export type { ArrayAccesses, ProductShape } from "./compute/array-accesses.ts";
export {
  arrayAccesses,
  mappingUtilization,
  overallUtilization,
  peMultiplyAccumulates,
} from "./compute/array-accesses.ts";
export type { ArrayShape, SystolicShape } from "./compute/array-cycles.ts";
export { arrayCycles, dataflows } from "./compute/array-cycles.ts";
export type { ArrayReplay, ArraySnapshot, ReplayedProduct } from "./compute/array-replay.ts";
export { peState } from "./compute/array-replay.ts";
export type { ComputeTile, MatmulRequest, ProductRequest } from "./compute/compute-tile.ts";
export { matrixProduct } from "./compute/matrix-product.ts";
export type { PreparedProduct } from "./compute/prepared-product.ts";
export type { PeRegister, PeRegisterName, PeRegisters, SteppedProduct } from "./compute/stepped-array.ts";
export { peRegisterNames, SteppedArray } from "./compute/stepped-array.ts";
export type { ClockKind } from "./compute/stepped-array-registers.ts";
export { FunctionTable } from "./compute/vector/function-table.ts";
export type { Activation } from "./compute/vector/functions.ts";
export { activationFunction, activations, applyActivation } from "./compute/vector/functions.ts";
export type { ResultRequest } from "./compute/vector/vector-formats.ts";
export type {
  ActivationRequest,
  ElementwiseOperand,
  ElementwiseRequest,
  LayerNormRequest,
  ProductEpilogue,
  ReductionRequest,
  RmsNormRequest,
  ScaleOperand,
  VectorRequest,
} from "./compute/vector/vector-requests.ts";
export { checkedEpilogue } from "./compute/vector/vector-requests.ts";
export type { ElementwiseOperator, OperandShape, Reduction } from "./compute/vector/vector-task.ts";
export { elementwiseOperators, operandShapes, reductions } from "./compute/vector/vector-task.ts";
export type { VectorUnit } from "./compute/vector/vector-unit.ts";
export type { ConfigField, FieldKind } from "./config/config-field.ts";
export { mostInstances, mostLatencyCycles } from "./config/config-field.ts";
export { configFields } from "./config/fields.ts";
export { completeFlatConfig, flattenConfig } from "./config/flat-config.ts";
export type { InstanceList } from "./config/instances.ts";
export { instanceLists } from "./config/instances.ts";
export type {
  ArrayModel,
  Dataflow,
  Fidelity,
  FlatConfig,
  FlatInstance,
  FlatValue,
  HazardPolicy,
  MachineConfig,
  ReachPolicy,
  ResolvedConfig,
  VectorFunctions,
} from "./config/machine-config.ts";
export { protectionOf } from "./config/memory-classes.ts";
export { nearestHint, nearestName } from "./config/nearest-name.ts";
export { nestConfig } from "./config/nest-config.ts";
export { AddressMapping, addressMappings } from "./dram/address-mapping.ts";
export type { DramChannelOptions, PagePolicy } from "./dram/dram-channel.ts";
export { DramChannel } from "./dram/dram-channel.ts";
export type { CommandListener, DramCommand } from "./dram/dram-command.ts";
export { dramCommand } from "./dram/dram-command.ts";
export { dramCount } from "./dram/dram-counts.ts";
export type { DramPart, DramTiming } from "./dram/dram-part.ts";
export { channelBytes, checkDramPart, peakBytesPerSecond } from "./dram/dram-part.ts";
export { dramParts } from "./dram/dram-parts.ts";
export { dramFigureNames, dramPartOf } from "./dram/own-part.ts";
export type { RefreshPolicy } from "./dram/rank-states.ts";
export { dramDirection } from "./dram/request-queue.ts";
export type { CreditMeaning } from "./engine/semaphores.ts";
export type { StateVector } from "./engine/state-vector.ts";
export type { PeriodicProgram, SteadyState } from "./engine/steady-state.ts";
export type { UnitKind } from "./engine/unit-layout.ts";
export type { ErrorCode, ErrorDetails, ErrorKind } from "./errors.ts";
export { errorDefinitions, hex, hexRange, KpuError } from "./errors.ts";
export { type Fault, faultKinds } from "./faults/fault.ts";
export type { MemoryErrorRecord } from "./faults/memory-errors.ts";
export type { LinkConfig } from "./interconnect/links.ts";
export type { Network, NetworkLinkFigures } from "./interconnect/network.ts";
export type { NetworkClient } from "./interconnect/network-places.ts";
export { networkClients } from "./interconnect/network-places.ts";
export { pcieWireGbps } from "./interconnect/pcie.ts";
export type { MemoryRange } from "./machine.ts";
export { Machine } from "./machine.ts";
export type { GroupConfig } from "./machine-group.ts";
export { MachineGroup } from "./machine-group.ts";
export { checkedConfig } from "./machine-parts.ts";
export type { MemoryKind } from "./memory/memory-kind.ts";
export { memoryKinds } from "./memory/memory-kind.ts";
export type { MemoryRegion } from "./memory/memory-region.ts";
export type { DataMover, RouteRequest, StreamKind, TransferRequest, TransferShape } from "./movement/data-mover.ts";
export * as geometry from "./movement/geometry.ts";
export type { Layout, LayoutExtents, TransferLayout } from "./movement/layout.ts";
export { layoutExtents } from "./movement/layout.ts";
export type { MoverKind } from "./movement/mover-kind.ts";
export { moverKinds } from "./movement/mover-kind.ts";
export type { PreparedTransfer } from "./movement/prepared-transfer.ts";
export { reaches } from "./movement/reach.ts";
export type { CreditRequest, Semaphore, SynchronizationRequest } from "./movement/semaphore.ts";
export type { CalibrationOptions } from "./number-format/calibration.ts";
export { calibrate } from "./number-format/calibration.ts";
export { decodeNumbers } from "./number-format/decode.ts";
export type { OverflowPolicy } from "./number-format/encode.ts";
export { encodeNumbers } from "./number-format/encode.ts";
export { decodeMatrix, encodeMatrix } from "./number-format/matrix-rows.ts";
export type {
  AccumulatorFormat,
  FloatFormat,
  FormatFacts,
  IntegerFormat,
  NumberFormat,
} from "./number-format/number-format.ts";
export {
  bytesFor,
  formatOfCode,
  isFloatFormat,
  matrixBytes,
  numberFormatNames,
  numberFormats,
} from "./number-format/number-format.ts";
export { elementsPerWord, operandWords, requireFitting } from "./number-format/operand-words.ts";
export type { Quantization } from "./number-format/quantization.ts";
export { dequantize, quantization, quantize } from "./number-format/quantization.ts";
export type { WaitingRecord } from "./observe/deadlock.ts";
export type { HazardKind, HazardRecord, WorkLabel } from "./observe/hazard-log.ts";
export type { HistoryStatus } from "./observe/history.ts";
export type { LinkTraffic } from "./observe/link-figures.ts";
export type { WorkKind, WorkTraffic } from "./observe/memory-traffic.ts";
export type { Checkpoint, HistoryOptions, TraceOptions } from "./observe/recorder.ts";
export { workKinds } from "./observe/region-totals.ts";
export { type ComponentKind, type StatisticDefinition, statisticDefinitions } from "./observe/statistic-definitions.ts";
export type { Figures, Statistics } from "./observe/statistics.ts";
export type { Trace, TraceCause, TraceColumns, TraceEvent, TraceOperation, TracePlaces } from "./observe/trace.ts";
export { traceCauses, traceOperations } from "./observe/trace.ts";
export { copyTraceColumns, emptyTraceColumns } from "./observe/trace-columns.ts";
export type { TraceFacts } from "./observe/trace-facts.ts";
export { type TraceLink, TraceLinks } from "./observe/trace-links.ts";
export type { TraceMemory, TraceOrigin, TraceUnit } from "./observe/trace-origin.ts";
export { type TraceToJudge, traceProblems } from "./observe/trace-problems.ts";
export { version } from "./version.ts";
