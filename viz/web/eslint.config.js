import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "eslint.config.js"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  { languageOptions: { parserOptions: { projectService: true } } },
  {
    rules: {
      complexity: ["error", 8],
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 60],
      "max-depth": ["error", 2],
      "max-params": ["error", 5],
      // Numbers in texts are what a page is made of.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
);
