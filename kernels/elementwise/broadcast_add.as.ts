// y[i] = x[i] + b[i mod PERIOD], elementwise. The twin of broadcast_add.wgsl. One unit per PERIOD elements.
import { BroadcastAddArguments } from "./arguments.as";
import { addAll } from "./add.as";

export function broadcastAdd(
  args: BroadcastAddArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const b = args.b;
  const period = args.PERIOD;
  const bytes = <usize> period << 2;
  for (let unit = begin; unit < end; unit++) {
    const offset = <usize> unit * bytes;
    addAll(args.x + offset, b, args.y + offset, period, true, false);
  }
}
