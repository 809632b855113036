// Numbers, sizes and times as people read them.

const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat("en", {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
  second: "2-digit", hourCycle: "h23",
});
const clock = new Intl.DateTimeFormat("en", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

export function count(value: number): string {
  return counts.format(value);
}

/** `12.5K` */
export function shortCount(value: number): string {
  return short.format(value);
}

/** `1 row`, `2 rows` */
export function plural(value: number, one: string, many = one + "s"): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** `42 s`, `3 min`, `2 h 5 min`, `4 d` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

export function age(time: string, now = Date.now()): string {
  return duration(now - Date.parse(time));
}

export function dateTime(time: string): string {
  return moment.format(new Date(time));
}

export function timeOfDay(time: string | number): string {
  return clock.format(new Date(time));
}

/** A rate with as many digits as help: `0.3`, `12`, `1.2K`. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 1) return String(Number(perSecond.toPrecision(2)));
  if (perSecond < 10) return perSecond.toFixed(1);
  return shortCount(perSecond);
}
