/** Why a message did not arrive. */
export class DeliveryFailure extends Error {
  /**
   * `target`: it cannot be reached or is not well, so that all else for it waits too. `message`: it
   * answers, and does not want this one.
   */
  readonly of: 'target' | 'message'

  constructor(of: 'target' | 'message', message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'DeliveryFailure'
    this.of = of
  }
}
