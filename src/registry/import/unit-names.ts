export interface NamedUnit {
  readonly id: string
  readonly name: string
  readonly divisionCode: string | null
  readonly parentId: string | null
}

/**
 * Units as files name them: by division code, by a name that only one has, or by names from an upper unit
 * down to it with `/` between.
 */
export class UnitNames {
  readonly #byId = new Map<string, NamedUnit>()
  readonly #byCode = new Map<string, string[]>()
  readonly #byName = new Map<string, NamedUnit[]>()

  constructor(units: readonly NamedUnit[]) {
    for (const unit of units) {
      this.#byId.set(unit.id, unit)
      this.#byName.set(unit.name, [...(this.#byName.get(unit.name) ?? []), unit])
      if (unit.divisionCode !== null)
        this.#byCode.set(unit.divisionCode, [...(this.#byCode.get(unit.divisionCode) ?? []), unit.id])
    }
  }

  find(text: string): { readonly unitId: string } | 'unit-unknown' | 'unit-ambiguous' {
    const byCode = this.#byCode.get(text) ?? []
    const found = byCode.length > 0 ? byCode : this.#named(text)
    const [unitId] = found
    if (unitId === undefined) return 'unit-unknown'
    return found.length > 1 ? 'unit-ambiguous' : { unitId }
  }

  #named(text: string): string[] {
    const whole = this.#byName.get(text) ?? []
    if (whole.length > 0) return whole.map(({ id }) => id)
    const [last = '', ...uppers] = text
      .split('/')
      .map((part) => part.trim())
      .reverse()
    if (uppers.length === 0) return []
    return (this.#byName.get(last) ?? []).filter((unit) => this.#isBelow(unit, uppers)).map(({ id }) => id)
  }

  /** Each of the uppers stands directly above the one before. */
  #isBelow(unit: NamedUnit, uppers: readonly string[]): boolean {
    let at: NamedUnit | undefined = unit
    for (const name of uppers) {
      at = this.#byId.get(at.parentId ?? '')
      if (at?.name !== name) return false
    }
    return true
  }
}
