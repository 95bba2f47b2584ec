/** Commands on a channel's bus; `due` is none: a refresh falls due. */
export const dramCommand = {
  activate: 0,
  precharge: 1,
  read: 2,
  write: 3,
  prechargeAll: 4,
  refresh: 5,
  refreshBank: 6,
  due: 7,
} as const;
export type DramCommand = (typeof dramCommand)[keyof typeof dramCommand];

/** Told of every command: tick, kind, rank, bank (the rank's first for a whole rank), row (-1 without), whether the row closes itself. */
export type CommandListener = (
  tick: number,
  command: DramCommand,
  rank: number,
  bank: number,
  row: number,
  isClosing: boolean,
) => void;
