/** The sign of the product. */
export function Mark({ size = 26 }: { readonly size?: number }) {
  return (
    <svg aria-hidden="true" height={size} viewBox="0 0 512 512" width={size}>
      <rect fill="#0d1b1e" height="512" rx="112" width="512" />
      <path d="M112 336 224 144h64l112 192h-68l-76-132-76 132z" fill="#f6f7f7" />
      <circle cx="256" cy="352" fill="#f0a83c" r="30" />
    </svg>
  );
}
