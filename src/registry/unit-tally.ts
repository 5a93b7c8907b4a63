import type { UnitId } from '../domain/ids.ts'

export interface UnitCounts {
  /** Cameras in the unit and everything below it. */
  readonly cameras: number
  readonly online: number
}

interface Node {
  parent: UnitId | null
  cameras: number
  online: number
}

const none: UnitCounts = { cameras: 0, online: 0 }

/**
 * Live camera counts of every unit, kept instead of counted: a change walks up the tree, at most its
 * depth, and a question is one look-up, with 50,000 cameras as with nine.
 */
export class UnitTally {
  readonly #nodes = new Map<UnitId, Node>()

  of(unitId: UnitId): UnitCounts {
    return this.#nodes.get(unitId) ?? none
  }

  /** Puts a new unit into the tree, or an old one with all below it to another place. */
  place(unitId: UnitId, parent: UnitId | null): void {
    const node = this.#node(unitId)
    if (node.parent === parent) return
    this.#climb(node.parent, -node.cameras, -node.online)
    node.parent = parent
    this.#climb(parent, node.cameras, node.online)
  }

  /** The unit and all above it, itself first. */
  lineOf(unitId: UnitId): UnitId[] {
    const line: UnitId[] = []
    for (let at: UnitId | null = unitId; at !== null; at = this.#nodes.get(at)?.parent ?? null) line.push(at)
    return line
  }

  removeUnit(unitId: UnitId): void {
    this.#nodes.delete(unitId)
  }

  addCameras(unitId: UnitId, cameras: number, online: number): void {
    this.#climb(unitId, cameras, online)
  }

  #climb(from: UnitId | null, cameras: number, online: number): void {
    if (cameras === 0 && online === 0) return
    let unitId = from
    while (unitId !== null) {
      const node = this.#node(unitId)
      node.cameras += cameras
      node.online += online
      unitId = node.parent
    }
  }

  #node(unitId: UnitId): Node {
    const known = this.#nodes.get(unitId)
    if (known !== undefined) return known
    const node: Node = { parent: null, cameras: 0, online: 0 }
    this.#nodes.set(unitId, node)
    return node
  }
}
