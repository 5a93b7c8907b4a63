const begins = /^(selectFrom|insertInto|updateTable|deleteFrom|mergeInto|replaceInto)$/
const runs = /^(execute|stream|explain)/

/**
 * Kysely runs nothing until it is told to, and no ready-made rule notices that it was not: a statement
 * that begins a query has to end it with `execute` or `stream`.
 * @type {import('eslint').Rule.RuleModule}
 */
export const queryNeverRun = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { neverRun: 'This query is built but never run: end it with .execute().' },
  },
  create: (context) => ({
    ExpressionStatement: (node) => {
      const called = callsOf(/** @type {Link} */ (node.expression))
      if (called.some((name) => begins.test(name)) && !runs.test(called[0] ?? ''))
        context.report({ node, messageId: 'neverRun' })
    },
  }),
}

/**
 * A node as far as a chain of calls is concerned.
 * @typedef {{type: string, callee?: Link, object?: Link, argument?: Link, property?: {name?: string}}} Link
 */

/**
 * Names of a chain of calls, the last call first; what stands in arguments is not part of it.
 * @param {Link} expression
 */
function callsOf(expression) {
  /** @type {string[]} */
  const names = []
  const awaited = expression.type === 'AwaitExpression' || expression.type === 'UnaryExpression'
  let link = awaited ? expression.argument : expression
  while (link?.type === 'CallExpression') {
    names.push(link.callee?.property?.name ?? '')
    link = link.callee?.object
  }
  return names
}
