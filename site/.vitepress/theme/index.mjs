// VitePress's own theme without its web fonts, in the application's colours: nothing is loaded from elsewhere.
import DefaultTheme from "vitepress/theme-without-fonts";
import "./style.css";

export default DefaultTheme;
