import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules", "src/api/schema.ts", "dev-dist"] },
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-non-null-assertion": "error",
      "no-restricted-globals": [
        "error",
        {
          name: "localStorage",
          message: "Only src/app/preferences.ts keeps things there, and never a secret.",
        },
        { name: "fetch", message: "Calls go through src/api/client.ts, which knows sessions and problems." },
      ],
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "no-console": "error",
      eqeqeq: "error",
    },
  },
);
