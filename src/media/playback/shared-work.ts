interface Entry {
  readonly result: Promise<Buffer>
  readonly cancel: AbortController
  askers: number
  /** Null: it is still being made. */
  bytes: number | null
}

/**
 * Things that take work and do not change: made once for all who ask at the same time, given up when the
 * last of them has gone, and kept a little within a bound; the one that was asked for last goes last.
 */
export class SharedWork {
  readonly #mostBytes: number
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** @throws what `make` throws; the reason of `signal` when the asker has gone */
  async get(
    key: string,
    signal: AbortSignal,
    make: (signal: AbortSignal) => Promise<Buffer>,
  ): Promise<Buffer> {
    signal.throwIfAborted()
    const known = this.#entries.get(key)
    const entry = known ?? this.#begin(key, make)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.askers++
    const gone = Promise.withResolvers<never>()
    const leave = () => gone.reject(signal.reason)
    signal.addEventListener('abort', leave)
    try {
      return await Promise.race([entry.result, gone.promise])
    } finally {
      signal.removeEventListener('abort', leave)
      entry.askers--
      if (entry.askers === 0 && entry.bytes === null) {
        entry.cancel.abort()
        this.#forget(key, entry)
      }
    }
  }

  #begin(key: string, make: (signal: AbortSignal) => Promise<Buffer>): Entry {
    const cancel = new AbortController()
    const result = make(cancel.signal)
    const entry: Entry = { result, cancel, askers: 0, bytes: null }
    result.then(
      (made) => {
        if (this.#entries.get(key) !== entry) return
        entry.bytes = made.length
        this.#bytes += made.length
        this.#shrink()
      },
      () => this.#forget(key, entry),
    )
    return entry
  }

  #shrink(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#mostBytes) return
      if (entry.bytes !== null) this.#forget(key, entry)
    }
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes ?? 0
  }
}
