import { openJsSip } from './browser/jssip-phone.ts';
import { browserPhoneSuite } from './browser/suite.ts';

browserPhoneSuite('JsSIP', openJsSip);
