// Imported before msgpackr: leaves out its native reader of texts, as it is in browsers and where its binary could not be installed.
process.env['MSGPACKR_NATIVE_ACCELERATION_DISABLED'] = 'true'
