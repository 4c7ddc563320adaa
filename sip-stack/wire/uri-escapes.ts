/** What must be escaped in each part of a URI (RFC 3261 §25.1). */
const userEscaped = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g;
const passwordEscaped = /[^A-Za-z0-9\-_.!~*'()&=+$,]/g;
const paramEscaped = /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/g;
const headerEscaped = /[^A-Za-z0-9\-_.!~*'()[\]/?:+$]/g;

const escapeOne = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** The user part with what must be escaped, and nothing else, escaped (RFC 3261 §19.1.2). */
export const escapeUser = (user: string): string => user.replace(userEscaped, escapeOne);

export const escapePassword = (password: string): string => password.replace(passwordEscaped, escapeOne);
export const escapeParam = (text: string): string => text.replace(paramEscaped, escapeOne);
export const escapeUriHeader = (text: string): string => text.replace(headerEscaped, escapeOne);
