/** The system's error code where there is one ('ECONNREFUSED'), else the message. */
export function reasonOf(error: Error): string {
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === 'string' ? code : error.message;
}
