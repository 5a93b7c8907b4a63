/**
 * The cheapest one-to-one pairing of rows with columns (Kuhn-Munkres with potentials, O(n²m)).
 * A pair that costs `forbidden` or more is never made.
 *
 * @param costs `rows` arrays of equal length; finite numbers.
 * @returns for each row its column, or -1.
 */
export function assign(costs: readonly (readonly number[])[], forbidden: number): number[] {
  const rows = costs.length
  const columns = costs[0]?.length ?? 0
  if (rows === 0 || columns === 0) return new Array<number>(rows).fill(-1)
  if (rows > columns) {
    const turned = Array.from({ length: columns }, (_, c) => costs.map((row) => row[c] ?? forbidden))
    const rowOf = assign(turned, forbidden)
    const answer = new Array<number>(rows).fill(-1)
    rowOf.forEach((row, column) => {
      if (row >= 0) answer[row] = column
    })
    return answer
  }
  // Everything below is one-based; column 0 stands for "not yet paired". All indices stay within
  // 0..columns, which is what the assertions rest on.
  const rowPotential = new Float64Array(rows + 1)
  const columnPotential = new Float64Array(columns + 1)
  const rowOfColumn = new Int32Array(columns + 1)
  const cameFrom = new Int32Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    rowOfColumn[0] = row
    const slack = new Float64Array(columns + 1).fill(Infinity)
    const visited = new Uint8Array(columns + 1)
    let column = 0
    do {
      visited[column] = 1
      const current = rowOfColumn[column]!
      const currentCosts = costs[current - 1]!
      let step = Infinity
      let nearest = 0
      for (let c = 1; c <= columns; c++) {
        if (visited[c] === 1) continue
        // Capped: with infinite or huge costs the potentials would lose the small differences.
        const cost = Math.min(currentCosts[c - 1]!, forbidden)
        const reduced = cost - rowPotential[current]! - columnPotential[c]!
        if (reduced < slack[c]!) {
          slack[c] = reduced
          cameFrom[c] = column
        }
        if (slack[c]! < step) {
          step = slack[c]!
          nearest = c
        }
      }
      for (let c = 0; c <= columns; c++) {
        if (visited[c] === 1) {
          const held = rowOfColumn[c]!
          rowPotential[held] = rowPotential[held]! + step
          columnPotential[c] = columnPotential[c]! - step
        } else slack[c] = slack[c]! - step
      }
      column = nearest
    } while (rowOfColumn[column] !== 0)
    while (column !== 0) {
      const previous = cameFrom[column]!
      rowOfColumn[column] = rowOfColumn[previous]!
      column = previous
    }
  }
  const answer = new Array<number>(rows).fill(-1)
  for (let c = 1; c <= columns; c++) {
    const row = rowOfColumn[c]! - 1
    if (row >= 0 && costs[row]![c - 1]! < forbidden) answer[row] = c - 1
  }
  return answer
}
