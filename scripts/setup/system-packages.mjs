/** @param {'gateway' | 'test'} _purpose @returns {import('./steps.mjs').Step} */
export const systemPackages = (_purpose) => ({
  name: 'system packages',
  done: () => true,
  run: () => undefined,
})
